// How far somebody is, as the server counts it, after each batch of acts that it has saved.
import { onAnswer } from "./saving.js";

onAnswer(({ progress }) => {
  document.getElementById("done").value = progress.share;
  document.getElementById("minutes-left").textContent = progress.minutes;
});
