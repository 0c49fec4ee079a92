// j and k move through the items of [data-list]; the chosen one carries aria-current.
// The change whose form was sent last.
let answered = "";
addEventListener("submit", event => {
	answered = event.target.closest("[data-item]")?.id ?? answered;
}, true);

// Undo reaches the decision just taken, although the next change is chosen by then.
const decided = [];

function items() {
	return [...document.querySelectorAll("[data-list] > [data-item]")].filter(item => item.checkVisibility());
}

function current() {
	return document.querySelector("[data-list] > [data-item][aria-current]");
}

function choose(item, {scroll = true, isFirst = false} = {}) {
	current()?.removeAttribute("aria-current");
	item.setAttribute("aria-current", "true");
	item.dispatchEvent(new CustomEvent("nimbus:chosen", {bubbles: true, detail: {isFirst}}));
	if (scroll) {
		item.scrollIntoView({block: "nearest"});
	}
}

// Past the end of a page's changes lies the next page.
function move(step) {
	const all = items();
	const at = all.indexOf(current());
	const next = all[at + step];
	if (next) {
		choose(next);
	} else {
		document.querySelector(step > 0 ? "[data-next]" : "[data-previous]")?.click();
	}
}

addEventListener("click", event => {
	const step = event.target.closest("[data-move]");
	if (step) {
		move(Number(step.dataset.move));
		return;
	}
	const item = event.target.closest("[data-list] > [data-item]");
	if (item) {
		choose(item, {scroll: false});
	}
});

// All from the change that was held out last to the chosen one.
let heldOut = "";
addEventListener("change", event => {
	if (event.target.matches("[data-item] [name=out]")) {
		heldOut = event.target.closest("[data-item]").id;
	}
});

addEventListener("click", event => {
	if (event.target.closest("[data-range]")) {
		const all = items();
		const ends = [all.findIndex(item => item.id === heldOut), all.indexOf(current())].filter(at => at >= 0);
		for (const item of all.slice(Math.min(...ends), Math.max(...ends) + 1)) {
			const box = item.querySelector("[name=out]");
			if (box) {
				box.checked = true;
			}
		}
	}
});

function lastUndo(wanted) {
	while (decided.length > 0) {
		const button = document.getElementById(decided.pop())?.querySelector(wanted);
		if (button) {
			return button;
		}
	}
	return null;
}

// The bar at the bottom presses the same-named button of the chosen change.
addEventListener("click", event => {
	const press = event.target.closest("[data-press]");
	if (press) {
		const wanted = `[data-act="${press.dataset.press}"]`;
		const own = current()?.querySelector(wanted);
		const button = own ?? (press.dataset.press === "undo" ? lastUndo(wanted) : null);
		(button ?? (press.dataset.press === "undo" ? document.querySelector("[data-undo-many]") : null))?.click();
	}
});

// After a decision the next undecided change is chosen, so that a, a, a walks through a page.
addEventListener("htmx:after:swap", event => {
	// Previews and verdicts arrive, too; only the answer to a decision moves on, and that is the change itself.
	if (!event.detail.ctx.sourceElement?.matches("[data-item]")) {
		return;
	}
	const marked = [...document.querySelectorAll("[data-list] > [data-item][aria-current]")];
	// The answer marks the change it brings; what was chosen before gives way.
	const chosen = marked.find(item => item.id === answered) ?? marked[0];
	marked.filter(item => item !== chosen).forEach(item => item.removeAttribute("aria-current"));
	const all = items();
	if (chosen && !chosen.hasAttribute("data-decided")) {
		return;
	}
	if (chosen) {
		decided.push(chosen.id);
	}
	const from = chosen ? all.indexOf(chosen) : -1;
	const next = all.slice(from + 1).find(item => !item.hasAttribute("data-decided")) ??
		all.find(item => !item.hasAttribute("data-decided"));
	if (next) {
		choose(next);
	}
});

function begin() {
	const first = items().find(item => !item.hasAttribute("data-decided")) ?? items()[0];
	if (first && !current()) {
		choose(first, {scroll: false, isFirst: true});
	}
	document.querySelector(".queue__item[aria-current]")?.scrollIntoView({block: "nearest"});
}

begin();
