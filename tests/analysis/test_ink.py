"""Letters on paper: in no language does a line touch the next."""

from __future__ import annotations

import pytest

from qmethod_analysis.report.blocks import Document, Paragraph, TableBlock
from qmethod_analysis.report.pdf import source
from qmethod_analysis.report.scripts import reach
from tests.analysis.ink import ink, overprinted
from tests.analysis.test_paper import ARABIC, ENGLISH, board, document

TEXTS = {  # each with closing quotes, brackets, letters that reach far up and far down, or words of the other direction
    "Arabic": ("ar", ARABIC),
    "Arabic, quoted": ("ar", "قال القائد: “يجب أن نستمع إلى الناس”. ثم قرّر «وحده»، \"سنرى\" 'الناس' ما يريده ”الجميع“ (في الأزمة) 24 ساعة"),
    "Arabic with vowels": ("ar", "يَجِبُ عَلَى القَائِدِ أَنْ يُقَرِّرَ مَا يُرِيدُهُ النَّاسُ وَكَيْفَ يَتَصَرَّفُونَ عِنْدَمَا تُؤَثِّرُ الأَزْمَةُ"),
    "Persian": ("fa", "رهبر گفت: «باید به مردم گوش کنیم» و سپس «به‌تنهایی» تصمیم گرفت که همه در بحران چه می‌خواهند"),
    "Hebrew": ("he", "המנהיג אמר: \"צריך להקשיב לאנשים\" ואז החליט 'לבדו' מה כולם רוצים (במשבר) 24 שעות"),
    "Hebrew with points": ("he", "הַמַּנְהִיג אָמַר: ”צָרִיךְ לְהַקְשִׁיב לָאֲנָשִׁים“ וְאָז הֶחְלִיט לְבַדּוֹ מָה כֻּלָּם רוֹצִים"),
    "mixed": ("", "القائد said “listen” ثم decided «وحده» what COVID-19 يريده الجميع in 2024 (الأزمة)"),
    "Vietnamese": ("vi", "Người lãnh đạo phải “quyết định” điều mọi người muốn khi khủng hoảng ảnh hưởng đến tất cả, ĐẾN CHỖ ẤY"),
    "French capitals": ("fr", "ÉVÊQUE grâce «À L’ÉCOLE» géographique ÇA VA qu’ÎLE"),
    "English": ("en", f"He said “{ENGLISH}”."),
}


@pytest.mark.parametrize(("language", "words"), TEXTS.values(), ids=TEXTS)
def test_no_letter_is_printed_over_one_of_another_line(words: str, language: str):
    one = board(42, 90, words, language)
    table = TableBlock("All statements", ("Id", "Wording", "Again"), (*((f"s{i}", words, words) for i in range(12)),), "lll")
    pages = ink(source(Document("A study", "", "en", (*document(one).blocks, Paragraph(" ".join([words] * 6)), table))))
    assert sum(map(len, pages)) > 3000
    assert [pair for page in pages for pair in overprinted(page)] == []


def test_ink_that_lies_over_ink_is_seen():
    """Lines set as high as capitals of English let Arabic ones touch."""
    loose = source(document(board(42, 90, ARABIC, "ar")))
    tight = loose.replace('reach: "tall"', 'reach: "plain"')
    assert tight != loose
    assert sum(len(overprinted(page)) for page in ink(tight)) > 20


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A plain text, größer, façade", "plain"),
        ("Größe ÄRGER", "tall"),
        ("ấy", "tall"),
        ("قال", "tall"),
        ("שלום", "tall"),
        ("العَرب", "marks"),
        ("日本語 한국어 中文", "plain"),
        ("ελληνικά русский", "plain"),
        ("", "plain"),
        ("e\u0301t\u0301", "marks"),
        ("ภาษาไทย", "tall"),
    ],
)
def test_how_far_letters_reach(text: str, wanted: str):
    assert reach(text) == wanted
