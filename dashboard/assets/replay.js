// The replay of a session or a trace: play, step, scrub, and who was current at each moment.
//
// The rows of the waterfalls hold the data, so that the page works without this script too. Real time
// is no help to a reader: a request takes milliseconds, and a pause takes minutes. So each step from
// one record to the next takes at least SHORTEST and at most LONGEST.
"use strict";

(() => {
  const SHORTEST = 0.15;
  const LONGEST = 1.2;

  const byId = (id) => document.getElementById(id);

  const copyText = async (link) => {
    const status = byId("copied");
    const say = (text) => { if (status) status.textContent = text; };
    try {
      const response = await fetch(link.href);
      if (!response.ok) throw new Error(String(response.status));
      await navigator.clipboard.writeText(await response.text());
      say("Copied");
    } catch {
      // Without a clipboard, the reader copies from the page of the text.
      location.href = link.href;
    }
  };

  const readRows = () => [...document.querySelectorAll("tr[data-record]")].map((element) => ({
    element,
    start: BigInt(element.dataset.start),
    end: BigInt(element.dataset.end),
    isFailed: element.dataset.failed !== undefined,
  })).sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0));

  /// The second of the replay at which each row begins.
  const schedule = (rows) => {
    let second = 0;
    return rows.map((row, index) => {
      if (index > 0) {
        const seconds = Number(row.start - rows[index - 1].start) / 1e9;
        second += Math.min(Math.max(seconds, SHORTEST), LONGEST);
      }
      return second;
    });
  };

  const text = (id, value, missing) => {
    const element = byId(id);
    if (!element) return;
    element.textContent = value || missing;
    element.classList.toggle("missing", !value);
  };

  const link = (id, shown, href, missing) => {
    const element = byId(id);
    if (!element) return;
    if (!href) return text(id, "", missing);
    const anchor = document.createElement("a");
    anchor.className = "id";
    anchor.textContent = shown;
    anchor.href = href;
    element.classList.remove("missing");
    element.replaceChildren(anchor);
  };

  const showFields = (fields) => {
    const list = byId("moment-fields");
    if (!list) return;
    list.replaceChildren(...Object.entries(fields).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const definition = document.createElement("dd");
      term.textContent = name;
      definition.textContent = typeof value === "string" ? value : JSON.stringify(value);
      return [term, definition];
    }));
  };

  /// What the keys of the page do.
  let keys = {};

  document.addEventListener("click", (event) => {
    const copied = event.target.closest("a[data-copy]");
    if (!copied || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copyText(copied);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const start = () => {
    keys.stop?.();
    keys = {};
    const player = byId("player");
    const rows = readRows();
    if (!player || rows.length === 0) return;
    const seconds = schedule(rows);
    const total = seconds[seconds.length - 1] + SHORTEST;
    const controls = { play: byId("play"), scrub: byId("scrub"), speed: byId("speed") };
    let fields = null;
    let current = rows.findIndex((row) => row.element.classList.contains("playing"));
    let second = seconds[Math.max(current, 0)];
    let frame = 0;
    let before = 0;

    const showMoment = (row) => {
      const data = row.element.dataset;
      text("moment-what", data.what, "");
      text("moment-time", data.time.replace("T", " ").replace("Z", ""), "");
      text("moment-took", row.element.cells[2].textContent.trim(), "a moment");
      text("moment-source", data.source, "unknown");
      link("moment-user", data.user, data.userHref, "nobody");
      link("moment-session", data.session, data.sessionHref, "no session");
      text("moment-actor", data.actor, "the user acts");
      const record = byId("moment-link");
      record.href = "/record?id=" + data.record;
      record.textContent = "Record " + data.record;
      byId("moment-text").href = "/record.txt?id=" + data.record;
    };

    // One request for the whole page: each request is a row of the access log.
    const loadFields = async () => {
      const response = await fetch(player.dataset.records);
      if (!response.ok) throw new Error(String(response.status));
      const { records } = await response.json();
      return new Map(records.map((record) => [String(record.id), record.fields]));
    };

    const showDetails = async (row) => {
      fields ??= loadFields().catch(() => new Map());
      const known = await fields;
      if (rows[current] === row) showFields(known.get(row.element.dataset.record) ?? {});
    };

    const setAddress = (row) => {
      const url = new URL(location.href);
      url.searchParams.delete("after");
      url.searchParams.delete("before");
      url.searchParams.set("at", row.element.dataset.time);
      byId("at-link").href = url.href;
    };

    const show = (index, isPlaying) => {
      if (index === current && isPlaying) return;
      rows[Math.max(current, 0)].element.classList.remove("playing");
      rows[Math.max(current, 0)].element.removeAttribute("aria-current");
      current = index;
      const row = rows[index];
      row.element.classList.add("playing");
      row.element.setAttribute("aria-current", "true");
      const box = row.element.getBoundingClientRect();
      if (box.top < 80 || box.bottom > innerHeight) row.element.scrollIntoView({ block: "center" });
      showMoment(row);
      setAddress(row);
      if (!isPlaying) showDetails(row);
    };

    const indexAt = (moment) => {
      let low = 0;
      for (let high = seconds.length; high - low > 1;) {
        const middle = (low + high) >> 1;
        if (seconds[middle] <= moment) low = middle; else high = middle;
      }
      return low;
    };

    const showClock = () => {
      controls.scrub.value = String(Math.round(second / total * 1000));
      const offset = Number(rows[current].start - rows[0].start) / 1e9;
      byId("clock").textContent = "+" + offset.toFixed(3) + " s · " + (current + 1) + " of " + rows.length;
      controls.scrub.setAttribute("aria-valuetext", byId("clock").textContent);
    };

    const pause = () => {
      cancelAnimationFrame(frame);
      frame = 0;
      controls.play.textContent = "Play";
      showDetails(rows[current]);
    };

    const tick = (now) => {
      second += Math.min((now - before) / 1000, 0.25) * Number(controls.speed.value);
      before = now;
      if (second >= total) {
        second = total;
        show(rows.length - 1, true);
        showClock();
        return pause();
      }
      show(indexAt(second), true);
      showClock();
      frame = requestAnimationFrame(tick);
    };

    const toggle = () => {
      if (frame) return pause();
      if (second >= total) second = 0;
      controls.play.textContent = "Pause";
      before = performance.now();
      frame = requestAnimationFrame(tick);
    };

    const goTo = (index) => {
      if (frame) pause();
      second = seconds[index];
      show(index, false);
      showClock();
    };

    const nextError = () => {
      const next = rows.findIndex((row, index) => index > current && row.isFailed);
      if (next >= 0) return goTo(next);
      byId("clock").textContent = "No further error on this page";
    };

    const step = (by) => goTo(Math.min(Math.max(current + by, 0), rows.length - 1));

    controls.play.addEventListener("click", toggle);
    byId("step").addEventListener("click", () => step(1));
    byId("step-back").addEventListener("click", () => step(-1));
    byId("next-error").addEventListener("click", nextError);
    controls.scrub.addEventListener("input", () => {
      if (frame) pause();
      second = Number(controls.scrub.value) / 1000 * total;
      show(indexAt(second), false);
      showClock();
    });
    for (const moment of document.querySelectorAll("a.moment-link")) {
      moment.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        goTo(rows.findIndex((row) => row.element.contains(moment)));
      });
    }
    keys = {
      e: nextError,
      n: () => step(1),
      p: () => step(-1),
      " ": toggle,
      stop: () => cancelAnimationFrame(frame),
    };

    player.hidden = false;
    current = Math.max(current, 0);
    setAddress(rows[current]);
    showClock();
    if (new URL(location.href).searchParams.has("at")) {
      rows[current].element.scrollIntoView({ block: "center" });
    }
  };

  whenContent(start);
})();
