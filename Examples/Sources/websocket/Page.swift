/// What people see in a browser.
let page = #"""
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>WebSocket: a live plot and an echo</title>
  <link rel="icon" href="data:,">
  <style>
    :root {
      color-scheme: light dark;
      --ground: #f4f5f7; --card: #fff; --ink: #1d2129; --faint: #626b7a; --line: #d9dde4;
      --accent: #0b62c4; --on-accent: #fff; --good: #1a7f45; --bad: #b3261e;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #14171c; --card: #1d2128; --ink: #e8eaee; --faint: #9aa4b2; --line: #343a45;
        --accent: #6db3ff; --on-accent: #0c1420; --good: #5fd08f; --bad: #ff8b82;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 52rem;
      background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
    }
    h1 { font-size: 1.5rem; margin: 0 0 1rem; }
    section {
      background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
      padding: 1rem 1.25rem 1.25rem; margin-bottom: 1rem;
    }
    header { display: flex; align-items: baseline; gap: 1rem; margin-bottom: .75rem; }
    h2 { font-size: 1.1rem; margin: 0; flex: 1; }
    .state { font-size: .875rem; color: var(--bad); }
    .state::before { content: "●"; margin-right: .4em; }
    .state.open { color: var(--good); }
    canvas { display: block; width: 100%; height: 16rem; }
    .latest { margin: .5rem 0 0; color: var(--faint); font-variant-numeric: tabular-nums; }
    form { display: flex; gap: .5rem; }
    input, button { font: inherit; border-radius: .5rem; padding: .5rem .75rem; }
    input {
      flex: 1; min-width: 0; color: inherit; background: var(--ground);
      border: 1px solid var(--faint);
    }
    button { border: 0; background: var(--accent); color: var(--on-accent); cursor: pointer; }
    button:disabled { opacity: .5; cursor: default; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    ol { list-style: none; margin: 1rem 0 0; padding: 0; max-height: 14rem; overflow-y: auto; }
    li { display: flex; gap: 1rem; padding: .3rem 0; border-top: 1px solid var(--line); }
    li span { flex: 1; min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
    li small { color: var(--faint); font-variant-numeric: tabular-nums; }
  </style>
  </head>
  <body>
  <h1>WebSocket, by swift-eventlet</h1>
  <main>
    <section aria-labelledby="plot-title">
      <header>
        <h2 id="plot-title">Random numbers, as they come</h2>
        <span class="state" id="plot-state" role="status">connecting</span>
      </header>
      <canvas id="plot" role="img" aria-label="A line of the latest 200 random numbers"></canvas>
      <p class="latest" id="latest">none yet</p>
    </section>
    <section aria-labelledby="echo-title">
      <header>
        <h2 id="echo-title">Echo</h2>
        <span class="state" id="echo-state" role="status">connecting</span>
      </header>
      <form id="echo">
        <input id="text" aria-label="Text to send" placeholder="Say something" autocomplete="off">
        <button disabled>Send</button>
      </form>
      <ol id="echoes" aria-live="polite" aria-label="What has come back"></ol>
    </section>
  </main>
  <script>
  "use strict";
  const find = id => document.getElementById(id);

  // Keeps a WebSocket open: a lost one is opened again, after a while that grows.
  function keepOpen(path, state, onMessage) {
    const link = {socket: null};
    let wait = 500;
    function open() {
      const address = new URL(path, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      link.socket = new WebSocket(address);
      link.socket.onopen = () => { wait = 500; show("connected", true); };
      link.socket.onmessage = event => onMessage(event.data);
      link.socket.onclose = () => {
        show("connecting again", false);
        setTimeout(open, wait);
        wait = Math.min(2 * wait, 10_000);
      };
    }
    function show(text, isOpen) {
      state.textContent = text;
      state.classList.toggle("open", isOpen);
      link.onState?.(isOpen);
    }
    open();
    return link;
  }

  const plot = {
    canvas: find("plot"), size: 200, points: [],
    add(number, value) {
      this.points.push({number, value});
      if (this.points.length > this.size) this.points.shift();
      find("latest").textContent =
        `Number ${number + 1} is ${value.toFixed(4)}; the mean of these ` +
        `${this.points.length} is ${this.mean().toFixed(4)}`;
      this.draw();
    },
    mean() {
      return this.points.reduce((sum, point) => sum + point.value, 0) / this.points.length;
    },
    draw() {
      const {canvas, points} = this, scale = devicePixelRatio || 1;
      const width = canvas.clientWidth, height = canvas.clientHeight;
      canvas.width = width * scale;
      canvas.height = height * scale;
      const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
      const color = name => style.getPropertyValue(name);
      const left = 40, bottom = height - 24, top = 8, right = width - 8;
      const x = index => left + (right - left) * index / (this.size - 1);
      const y = value => bottom - (bottom - top) * value;
      pen.scale(scale, scale);
      pen.font = "12px system-ui, sans-serif";

      pen.strokeStyle = color("--line");
      pen.fillStyle = color("--faint");
      pen.textBaseline = "middle";
      pen.textAlign = "right";
      for (const value of [0, 0.25, 0.5, 0.75, 1]) {
        pen.beginPath();
        pen.moveTo(left, Math.round(y(value)) + .5);
        pen.lineTo(right, Math.round(y(value)) + .5);
        pen.stroke();
        pen.fillText(value.toFixed(2), left - 8, y(value));
      }
      pen.textBaseline = "alphabetic";
      pen.textAlign = "center";
      points.forEach((point, index) => {
        if (point.number % 50 == 0) pen.fillText(point.number, x(index), height - 4);
      });
      if (points.length == 0) return;

      pen.strokeStyle = pen.fillStyle = color("--accent");
      pen.lineWidth = 1.5;
      pen.lineJoin = "round";
      pen.beginPath();
      points.forEach((point, index) => pen.lineTo(x(index), y(point.value)));
      pen.stroke();
      pen.beginPath();
      pen.arc(x(points.length - 1), y(points.at(-1).value), 4, 0, 2 * Math.PI);
      pen.fill();
    },
  };
  addEventListener("resize", () => plot.draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.draw());
  plot.draw();
  keepOpen("/data", find("plot-state"), text => {
    const [number, value] = text.split(" ").map(Number);
    if (number == 0) plot.points = [];
    plot.add(number, value);
  });

  const sent = [];  // When, of those that have not come back.
  const echo = keepOpen("/echo", find("echo-state"), text => {
    const item = document.createElement("li");
    const words = item.appendChild(document.createElement("span"));
    const time = item.appendChild(document.createElement("small"));
    words.textContent = text;
    time.textContent = `${(performance.now() - sent.shift()).toFixed(1)} ms`;
    find("echoes").prepend(item);
  });
  echo.onState = isOpen => {
    find("echo").querySelector("button").disabled = !isOpen;
    sent.length = 0;
  };
  find("echo").addEventListener("submit", event => {
    event.preventDefault();
    const text = find("text").value;
    if (!text || echo.socket.readyState != WebSocket.OPEN) return;
    sent.push(performance.now());
    echo.socket.send(text);
    find("text").value = "";
  });
  </script>
  </body>
  </html>

  """#
