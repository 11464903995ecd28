/// What people see in a browser.
let page = #"""
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Chat</title>
  <link rel="icon" href="data:,">
  <style>
    :root {
      color-scheme: light dark;
      --ground: #f4f5f7; --card: #fff; --ink: #1d2129; --faint: #626b7a; --line: #d9dde4;
      --accent: #0b62c4; --on-accent: #fff; --mine: #e3effd; --good: #1a7f45; --bad: #b3261e;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #14171c; --card: #1d2128; --ink: #e8eaee; --faint: #9aa4b2; --line: #343a45;
        --accent: #6db3ff; --on-accent: #0c1420; --mine: #22344c; --good: #5fd08f;
        --bad: #ff8b82;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1rem; max-width: 60rem; height: 100dvh;
      display: flex; flex-direction: column; gap: .75rem;
      background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
    }
    header { display: flex; align-items: baseline; gap: 1rem; }
    h1 { font-size: 1.5rem; margin: 0; flex: 1; }
    h2 { font-size: 1rem; margin: 0 0 .5rem; }
    .state { font-size: .875rem; color: var(--bad); }
    .state::before { content: "●"; margin-right: .4em; }
    .state.open { color: var(--good); }
    main { flex: 1; min-height: 0; display: grid; grid-template-columns: 1fr 12rem; gap: .75rem; }
    main > *, #enter {
      background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
    }
    #said, #members { list-style: none; margin: 0; padding: 0; }
    #said { padding: 1rem; overflow-y: auto; display: flex; flex-direction: column; gap: .5rem; }
    #said > :first-child { margin-top: auto; }
    #said li { max-width: 85%; align-self: flex-start; }
    #said p {
      margin: 0; padding: .4rem .75rem; border-radius: .75rem; background: var(--ground);
      white-space: pre-wrap; overflow-wrap: anywhere;
    }
    #said .mine { align-self: flex-end; }
    #said .mine p { background: var(--mine); }
    #said small { color: var(--faint); }
    #said .news { align-self: center; color: var(--faint); font-size: .875rem; }
    aside { padding: 1rem; overflow-y: auto; }
    #members li { overflow-wrap: anywhere; }
    #members .mine { font-weight: 600; }
    form { display: flex; gap: .5rem; }
    #enter { margin: auto; padding: 1.5rem; width: min(24rem, 100%); flex-wrap: wrap; }
    #enter label { flex-basis: 100%; font-weight: 600; }
    input, button { font: inherit; border-radius: .5rem; padding: .5rem .75rem; }
    input {
      flex: 1; min-width: 0; color: inherit; background: var(--card);
      border: 1px solid var(--faint);
    }
    button { border: 0; background: var(--accent); color: var(--on-accent); cursor: pointer; }
    button:disabled { opacity: .5; cursor: default; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    [hidden] { display: none !important; }
    @media (max-width: 36rem) {
      main { grid-template-columns: 1fr; grid-template-rows: 1fr auto; }
      aside { padding: .5rem 1rem; }
      h2, #members, #members li { display: inline; margin-right: .5rem; }
    }
  </style>
  </head>
  <body>
  <header>
    <h1>Chat</h1>
    <span class="state" id="state" role="status" hidden></span>
  </header>
  <form id="enter">
    <label for="name">Your name</label>
    <input id="name" maxlength="20" autocomplete="nickname" required autofocus>
    <button>Enter</button>
  </form>
  <main hidden>
    <ol id="said" role="log" aria-label="What is said" tabindex="0"></ol>
    <aside aria-labelledby="here">
      <h2 id="here">Here</h2>
      <ul id="members"></ul>
    </aside>
  </main>
  <form id="say" hidden>
    <input id="text" maxlength="500" aria-label="Message" placeholder="Say something" autocomplete="off">
    <button>Send</button>
  </form>
  <script>
  "use strict";
  const find = id => document.getElementById(id);
  let wish, name, socket, members = [], wait = 500;

  // Enters the room; a connection that is lost is opened again, after a while that grows.
  function open() {
    const address = new URL("/room", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("name", wish);
    socket = new WebSocket(address);
    socket.onopen = () => { wait = 500; };
    socket.onmessage = message => take(JSON.parse(message.data));
    socket.onclose = () => {
      show("connecting again", false);
      setTimeout(open, wait);
      wait = Math.min(2 * wait, 10_000);
    };
  }

  function take(event) {
    const list = find("said");
    let stay = false;  // Who has scrolled back is not moved.
    if (event.kind == "welcome") {
      name = event.name;
      members = event.members;
      list.replaceChildren(...event.history.map(itemOf));
      show(`connected as ${name}`, true);
    } else {
      if (event.kind == "joined") members.push(event.name);
      if (event.kind == "left") members = members.filter(member => member != event.name);
      stay = list.scrollHeight - list.scrollTop - list.clientHeight > 40 && event.name != name;
      list.append(itemOf(event));
    }
    showMembers();
    if (!stay) list.scrollTop = list.scrollHeight;
  }

  function itemOf(event) {
    const item = document.createElement("li");
    const time = new Date(event.time).toLocaleTimeString([], {timeStyle: "short"});
    if (event.kind == "said") {
      item.classList.toggle("mine", event.name == name);
      item.append(make("small", `${event.name}, ${time}`), make("p", event.text));
    } else {
      item.className = "news";
      item.append(`${event.name} has ${event.kind == "joined" ? "come" : "gone"}, ${time}`);
    }
    return item;
  }

  function showMembers() {
    find("members").replaceChildren(...members.map(member => {
      const item = make("li", member);
      item.classList.toggle("mine", member == name);
      return item;
    }));
  }

  function make(tag, text) {
    const element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  function show(text, isOpen) {
    find("state").hidden = false;
    find("state").textContent = text;
    find("state").classList.toggle("open", isOpen);
    find("say").querySelector("button").disabled = !isOpen;
  }

  find("enter").addEventListener("submit", event => {
    event.preventDefault();
    wish = find("name").value;
    find("enter").hidden = true;
    document.querySelector("main").hidden = find("say").hidden = false;
    find("text").focus();
    show("connecting", false);
    open();
  });
  find("say").addEventListener("submit", event => {
    event.preventDefault();
    const text = find("text").value;
    if (!text.trim() || socket.readyState != WebSocket.OPEN) return;
    socket.send(text);
    find("text").value = "";
  });
  </script>
  </body>
  </html>

  """#
