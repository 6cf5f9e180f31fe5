/** What one storm of updates came to, in the page's own clock, ms. */
export interface Storm {
  sent: number;
  frames: number;
  longestMs: number;
  p99Ms: number;
  /** The longest task of its main thread; 0: none was longer than 50 ms. */
  longestTaskMs: number;
  /** Rows on the screen that do not show what was sent last of them. */
  stale: number;
}

/** What the script makes in the page. */
export interface PageProbe {
  /** From each key press to the end of the frame that follows it, ms. */
  keys: number[];
  storm(ids: number[], perSecond: number, ms: number): Promise<Storm>;
  /** In a page without a socket: from now on it writes the last updates as lines of text, ten times a second. */
  writeLines(): void;
}

/**
 * Runs in a page before anything of its own, as text: it is a browser's code, in a package that is none. A page without
 * a socket to the desk (the bare ones) parses the updates, and draws nothing or the plainest thing. Of four updates one is a new ticket,
 * one is of a row on the screen, and two are of any; all but the new ones move to another place in the queue.
 */
export const pageScript = `(() => {
  let socket = null;
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(url, protocols) {
      super(url, protocols);
      if (String(url).includes("/ws/agents/")) socket = this;
    }
  };
  let parsed = [];
  const take = (data) => {
    if (socket) socket.dispatchEvent(new MessageEvent("message", { data }));
    else parsed = [...parsed.slice(-23), JSON.parse(data)];
  };
  const writeLines = () => {
    const lines = Array.from({ length: 24 }, () => document.body.appendChild(document.createElement("p")));
    setInterval(() => requestAnimationFrame(() => {
      parsed.forEach((update, index) => { lines[index].textContent = JSON.stringify(update).slice(0, 120); });
    }), 100);
  };

  const probe = (window.benchProbe = { keys: [], storm, writeLines });
  addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => probe.keys.push(performance.now() - timeStamp);
    port2.postMessage(0);
  }), { capture: true });

  const rows = () => [...document.querySelectorAll(".row")];
  const idOf = (row) => Number(row.id.slice(4));
  const levels = ["low", "normal", "high", "critical"];
  const last = new Map();
  let count = 0;
  const newTicket = () => ({
    type: "message_new", stream: "agents", message_id: 1e9 + count, status: "unassigned", queue: "general",
    user_id: "bench-" + count, body: "Where is my loan? It is number " + count, created_at: new Date().toISOString(),
  });
  const update = (id) => {
    last.set(id, count % 100);
    return {
      type: "message_update", stream: "agents", message_id: id, status: "unassigned", assigned_to: null,
      version: 1000 + count, queue: "general", reason: "scored",
      urgency: { score: count % 100, level: levels[count % 4], topic: "repayment", model: "bench" },
      due_at: new Date(Date.now() + (count * 7919 % 86400) * 1000).toISOString(),
    };
  };
  const next = (ids, shown) => {
    count++;
    if (count % 4 === 0) return newTicket();
    if (count % 4 === 1 && shown.length > 0) return update(shown[count % shown.length]);
    return update(ids[count * 7 % ids.length]);
  };

  async function storm(ids, perSecond, ms) {
    const gaps = [], tasks = [0];
    const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
    watch.observe({ entryTypes: ["longtask"] });
    const began = performance.now();
    let sent = 0, before = began, shown = rows().map(idOf);
    const draw = () => {
      const now = performance.now();
      gaps.push(now - before);
      before = now;
      if (now - began < ms) requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
    const look = setInterval(() => { shown = rows().map(idOf); }, 500);
    await new Promise((done) => {
      const timer = setInterval(() => {
        const passed = performance.now() - began;
        for (const due = Math.min(passed, ms) / 1000 * perSecond; sent < due; sent++) take(JSON.stringify(next(ids, shown)));
        if (passed < ms) return;
        clearInterval(timer);
        done();
      }, 4);
    });
    clearInterval(look);
    await new Promise((done) => setTimeout(done, 500));
    watch.disconnect();
    gaps.sort((a, b) => a - b);
    const stale = rows().filter((row) => {
      const score = last.get(idOf(row));
      return score !== undefined && row.querySelector(".score")?.textContent !== String(score);
    }).length;
    return {
      sent, frames: gaps.length, longestMs: gaps.at(-1), p99Ms: gaps[Math.floor(gaps.length * 0.99)],
      longestTaskMs: Math.max(...tasks), stale,
    };
  }
})()`;
