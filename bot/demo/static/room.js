/**
 * What the page lacks: a choice of places, and a menu with the apps' commands for a message, on a right click or by a
 * button. `drawRoom` is called with each snapshot; `dispatch` is the page's own.
 */
let room = { place: "", places: [], commands: [] };
let act = () => {};
let menu = null;
let opener = null;

export function drawRoom(snapshot, dispatch) {
  act = dispatch;
  if (!snapshot.room) return;
  room = snapshot.room;
  drawPlaces();
  for (const message of document.querySelectorAll("#channel-message-list .channel-message")) drawButton(message);
}

/**
 * Let each message keep its height while the page draws it anew and its pictures load again; answers what ends that.
 * Else what the person looks at would move away, and a select menu that opens there close at once.
 */
export function holdHeights() {
  const messages = [...document.querySelectorAll("#channel-message-list .channel-message")];
  const heights = messages.map((each) => each.offsetHeight);
  messages.forEach((each, n) => { each.style.minHeight = `${heights[n]}px`; });
  return () => messages.forEach((each) => { each.style.minHeight = ""; });
}

function drawPlaces() {
  let picker = document.getElementById("place-picker");
  if (!picker) {
    const label = make("label", "viewer-control", "Place");
    picker = label.appendChild(make("select"));
    picker.id = "place-picker";
    picker.setAttribute("aria-label", "Place");
    picker.addEventListener("change", () => {
      act("viewer", { viewer_id: document.getElementById("viewer-picker").value, place: picker.value });
    });
    document.querySelector(".viewer-control").after(label);
  }
  if ([...picker.options].map((each) => each.value).join("\n") !== room.places.join("\n")) {
    picker.replaceChildren(...room.places.map((each) => new Option(each, each)));
  }
  picker.value = room.place;
}

function drawButton(message) {
  let toolbar = message.querySelector(".message-context-actions");
  if (toolbar?.querySelector(".apps-button") || !room.commands.length) return;
  if (!toolbar) {
    toolbar = message.appendChild(make("div", "message-context-actions"));
    toolbar.setAttribute("role", "toolbar");
  }
  const button = toolbar.appendChild(make("button", "apps-button", "Apps"));
  button.type = "button";
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => {
    const { left, bottom } = button.getBoundingClientRect();
    open(message, left, bottom, button);
  });
}

function open(message, x, y, from) {
  close();
  opener = from;
  menu = make("div", "apps-menu");
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "Apps");
  menu.append(make("div", "apps-heading", "Apps"));
  for (const command of room.commands) {
    const item = menu.appendChild(make("button", "", command));
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.addEventListener("click", () => {
      const { messageId } = message.dataset;
      close();
      act("click", { control_key: `message:${messageId}:component:app:${command}` });
    });
  }
  document.body.append(menu);
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
  menu.querySelector("button")?.focus();
}

function close() {
  menu?.remove();
  menu = null;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

document.addEventListener("contextmenu", (event) => {
  const message = event.target instanceof Element && event.target.closest("#channel-message-list .channel-message");
  if (!message || !room.commands.length) return;
  event.preventDefault();
  open(message, event.clientX, event.clientY, null);
});
document.addEventListener("pointerdown", (event) => {
  if (menu && !menu.contains(event.target)) close();
});
document.addEventListener("keydown", (event) => {
  if (!menu) return;
  const items = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    close();
    opener?.focus();
  } else if (step) {
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  } else return;
  event.preventDefault();
});
