// The page "Live": adds the rows of new records, until the reader pauses.
"use strict";

let stream = null;
addEventListener("pagehide", () => stream?.close());

whenContent(() => {
  const MOST_ROWS = 500;
  stream?.close();
  const live = document.getElementById("live");
  const state = document.getElementById("live-state");
  const pause = document.getElementById("pause");
  if (!live || !window.EventSource) return;

  let isPaused = false;
  let waiting = [];

  const body = () => live.querySelector("tbody");

  const add = (rows) => {
    live.querySelector(".empty")?.remove();
    // The server has escaped the values of the rows.
    body().insertAdjacentHTML("afterbegin", rows);
    while (body().rows.length > MOST_ROWS) body().deleteRow(-1);
  };

  const show = () => {
    if (!isPaused) state.textContent = "Following the store.";
    else if (waiting.length === 0) state.textContent = "Paused.";
    else state.textContent = `Paused. ${waiting.length} updates wait.`;
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Continue" : "Pause";
    if (!isPaused) {
      waiting.forEach(add);
      waiting = [];
    }
    show();
  });

  stream = new EventSource(live.dataset.stream);
  stream.addEventListener("open", show);
  stream.addEventListener("rows", (event) => {
    if (!isPaused) return add(event.data);
    waiting.push(event.data);
    if (waiting.length > MOST_ROWS) waiting.shift();
    show();
  });
  stream.addEventListener("replaced", () => location.reload());
  stream.addEventListener("failure", (event) => { state.textContent = event.data; });
  stream.addEventListener("error", () => {
    state.textContent = "The connection is lost. The page connects again by itself.";
  });
});
