"use strict";
// Which viewpoint is nearest to an order of five cards. Nothing is sent or kept: all of it happens on this page.

// The formula of qmethod/classification/likelihood.py: how likely an order is for people who keep to a viewpoint with a closeness between 0.4 and 0.95
// (24 midpoints, all as likely), against people who hold none of these.
const STEPS = 24;
const CLOSENESS = [0.4, 0.95];

function correlation(places, profile) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [p, v] = [mean(places), mean(profile)];
  let [both, ofPlaces, ofProfile] = [0, 0, 0];
  places.forEach((place, i) => {
    both += (place - p) * (profile[i] - v);
    ofPlaces += (place - p) ** 2;
    ofProfile += (profile[i] - v) ** 2;
  });
  return Math.max(-1, Math.min(1, both / Math.sqrt(ofPlaces * ofProfile)));
}

function likelihood(r, q) {
  let total = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const a = CLOSENESS[0] + (CLOSENESS[1] - CLOSENESS[0]) * (step + 0.5) / STEPS;
    const rest = 1 - a * a;
    total += Math.exp(-q / 2 * Math.log(rest) - (q - 1) * (1 - 2 * a * r + a * a) / (2 * rest) + (q - 1) / 2);
  }
  return total / STEPS;
}

// places: 5 for the card most like one's view, 1 for the least; profiles: for each viewpoint its scores of the cards. The last is none of these.
function probabilities(places, profiles, prior) {
  const weights = [...profiles.map((profile) => likelihood(correlation(places, profile), places.length)), 1].map((each, k) => each * prior[k]);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

// Of the steps of the likeliest answer, which rise, the last that its probability reaches; nothing where there are none.
function stepOf(found, steps) {
  const sure = Math.max(...found);
  return steps.filter((step) => step.answer === found.indexOf(sure) && sure >= step.least).pop();
}

function start(page) {
  const [known, steps, words] = ["known", "steps", "words"].map((id) => JSON.parse(page.getElementById(id).textContent));
  const [toDo, pile, ranking, said, result] = ["to-do", "pile", "ranking", "said", "result"].map((id) => page.getElementById(id));
  const cards = [...pile.children];
  const ranked = [];
  const filled = (text, places) => text.replace(/\{(\w+)\}/g, (_, place) => places[place]);
  const wording = (card) => card.querySelector(".wording").textContent;

  function show(focused, happened) {
    const left = cards.filter((card) => !ranked.includes(card));
    left.forEach((card) => pile.append(card));
    ranked.forEach((card) => ranking.append(card));
    cards.forEach((card) => {
      const place = ranked.indexOf(card);
      card.querySelector(".take").hidden = place >= 0;
      card.querySelector(".tools").hidden = place < 0;
      card.querySelector(".up").disabled = place === 0;
      card.querySelector(".down").disabled = place === ranked.length - 1;
    });
    toDo.textContent = left.length === cards.length ? words.first : left.length > 1 ? words.next : words.last;
    toDo.hidden = !left.length;
    ranking.hidden = page.getElementById("ends").hidden = !ranked.length;
    result.hidden = left.length > 0;
    said.textContent = happened + (left.length ? "" : ` ${tell()}`);
    if (focused) { (focused.disabled ? focused.closest(".five-card").querySelector(".tools button:enabled") : focused).focus(); }
  }

  function tell() {
    const places = cards.map((card) => cards.length - ranked.indexOf(card));
    const found = probabilities(places, known.profiles, known.prior);
    const step = stepOf(found, steps);
    const shares = step ? step.people : found;
    const best = shares.indexOf(Math.max(...shares));
    const none = best === known.names.length;
    const name = none ? "" : `“${known.names[best]}”`;
    const rows = [...page.querySelectorAll("#shares li")];
    rows.forEach((row, k) => {
      const people = step ? step.people[k] : 0;
      row.querySelector(".people").textContent = people;
      row.querySelector(".bar > span").style.width = `${people}%`;
      row.classList.toggle("nearest", k === best && people >= 50);
    });
    const right = shares[best];
    const answer = !step ? (none ? words.noneUnknown : words.unknown)
      : `${right < 50 ? words.cannotTell : right < 80 ? (none ? words.noneOpen : words.open) : none ? words.noneNear : words.near} `
        + (none ? words.noneHeld : words.held);
    const told = filled(answer, { name, right });
    page.getElementById("answer").textContent = told;
    return told;
  }

  function placed(card) { return filled(words.placed, { place: ranked.indexOf(card) + 1, of: cards.length, card: wording(card) }); }

  function move(card, by) {
    const from = ranked.indexOf(card);
    ranked.splice(from, 1);
    ranked.splice(from + by, 0, card);
    show(card.querySelector(by < 0 ? ".up" : ".down"), placed(card));
  }

  cards.forEach((card) => {
    card.querySelector(".take").addEventListener("click", () => {
      ranked.push(card);
      const waiting = cards.find((each) => !ranked.includes(each));
      show(waiting && waiting.querySelector(".take"), placed(card));
      if (!waiting) { page.getElementById("result-title").focus(); }
    });
    card.querySelector(".up").addEventListener("click", () => move(card, -1));
    card.querySelector(".down").addEventListener("click", () => move(card, 1));
    card.querySelector(".back").addEventListener("click", () => {
      ranked.splice(ranked.indexOf(card), 1);
      show(card.querySelector(".take"), filled(words.takenBack, { card: wording(card) }));
    });
  });
  page.getElementById("again").addEventListener("click", () => {
    ranked.length = 0;
    cards.forEach((card) => pile.append(card));
    show(cards[0].querySelector(".take"), words.allBack);
  });
  page.getElementById("five").hidden = false;
  page.getElementById("without").hidden = true;
  show(null, "");
}

if (globalThis.document && globalThis.document.getElementById("five")) { start(globalThis.document); }
