// The search boxes: suggest fields and values while the reader types.
"use strict";

whenContent(() => {
  for (const input of document.querySelectorAll("input[data-suggest]:not([role])")) suggestIn(input);
});

function suggestIn(input) {
  const WAIT = 120; // milliseconds after the last key
  const list = document.getElementById(input.dataset.list);
  if (!list) return;
  let suggestions = [];
  let from = 0;
  let chosen = -1;
  let timer = 0;
  let request = null;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");

  const close = () => {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (index) => {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = index;
    const option = list.children[index];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };

  const accept = (index) => {
    const { insert } = suggestions[index];
    const caret = input.selectionStart;
    input.setRangeText(insert, from, caret, "end");
    close();
    input.focus();
    ask(0);
  };

  const show = () => {
    list.replaceChildren(...suggestions.map(({ label, help }, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const name = document.createElement("span");
      name.className = "id";
      name.textContent = label;
      option.append(name);
      if (help) {
        const text = document.createElement("span");
        text.className = "muted";
        text.textContent = help;
        option.append(text);
      }
      // The box keeps the focus.
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => accept(index));
      return option;
    }));
    choose(-1);
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };

  const ask = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      request?.abort();
      request = new AbortController();
      const typed = input.value.slice(0, input.selectionStart);
      const url = `${input.dataset.suggest}?${new URLSearchParams({ q: typed })}`;
      try {
        const answer = await fetch(url, { signal: request.signal });
        if (!answer.ok) return close();
        const found = await answer.json();
        if (document.activeElement !== input) return;
        ({ from, suggestions } = found);
        // A value that is typed to its end needs no suggestion.
        const rest = typed.slice(from);
        if (suggestions.length === 1 && suggestions[0].insert.trim() === rest) suggestions = [];
        show();
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }, wait);
  };

  input.addEventListener("input", () => ask(WAIT));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        ask(0);
      }
      return;
    }
    const count = suggestions.length;
    switch (event.key) {
      case "ArrowDown": choose((chosen + 1) % count); break;
      case "ArrowUp": choose(chosen < 0 ? count - 1 : chosen - 1); break;
      case "Enter":
        if (chosen < 0) return close();
        accept(chosen);
        break;
      case "Tab":
        if (chosen < 0) return;
        accept(chosen);
        break;
      case "Escape": close(); break;
      default: return;
    }
    event.preventDefault();
  });
}
