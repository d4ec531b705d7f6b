"""The names of elements of HTML."""

from __future__ import annotations

import re

COMMON = (
    "a|abbr|article|audio|b|big|blockquote|body|br|button|center|code|dd|del|div|dl|dt|em|embed|figure|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|ins|li|main|mark|meta|nav|object|ol|p|pre|q|s|script|section|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|"
    "thead|tr|track|tt|u|ul|video"
)
# All of HTML's names. What else stands in angle brackets is no tag: "<on time>" is what somebody wrote.
ELEMENTS = re.compile(
    COMMON + "|address|area|aside|base|bdi|bdo|blink|canvas|caption|cite|col|colgroup|data|datalist|details|dfn|dialog|dir|fieldset|figcaption|frame|"
    "frameset|hgroup|kbd|label|legend|link|map|marquee|math|menu|meter|nobr|noscript|optgroup|option|output|param|picture|progress|rp|rt|ruby|samp|search|select|"
    "slot|summary|template|textarea|tfoot|time|title|var|wbr"
)
