// Nothing of a sort stays in this browser once it was sent, withdrawn or left to somebody else; tabs that still show it keep nothing from then on.
import { expire, forget, line } from "./shelf.js";

const { content, dataset } = document.querySelector("meta[name=forget]");
for (const whose of content.split(" ").filter(Boolean)) {
  forget(whose);
  line(whose, () => {})({ forgotten: true });
}
expire(Number(dataset.days));
