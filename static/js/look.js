// The preview goes with the chosen change: in a list to its page, on a page to its block.
import htmx from "../vendor/htmx.esm.min.js";

// Somebody who walks through a list quickly is not followed before a moment's rest.
const REST_MS = 250;
let looked = "";
let resting = 0;

function isSeen() {
	return document.getElementById("look")?.checkVisibility() ?? false;
}

function show(item) {
	clearTimeout(resting);
	const address = item.dataset.look;
	if (!address) {
		point(item.dataset.place);
	} else if (address !== looked && isSeen()) {
		resting = setTimeout(() => {
			looked = address;
			htmx.ajax("GET", address, {target: "#look", swap: "innerHTML"});
		}, REST_MS);
	}
}

// What is seen is replaced, not set, so that the way back leads out of the review and not through its frames.
function point(place) {
	for (const frame of document.querySelectorAll("[data-frame]")) {
		const address = `${frame.src.split("#")[0]}#${place}`;
		if (frame.checkVisibility()) {
			frame.contentWindow.location.replace(address);
		} else {
			frame.src = address;
		}
	}
}

addEventListener("nimbus:chosen", event => {
	if (event.detail.isFirst) {
		// The page came with the preview of the first one.
		looked = event.target.dataset.look ?? "";
	} else {
		show(event.target);
	}
});

addEventListener("click", event => {
	if (event.target.closest("[data-flip]")) {
		document.querySelectorAll(".look__swap").forEach(swap => swap.querySelector("input:not(:checked)").click());
	}
	const turn = event.target.closest("[data-turn]");
	if (turn) {
		const review = document.querySelector(".review");
		turn.setAttribute("aria-pressed", review.toggleAttribute("data-turned"));
		const current = document.querySelector("[data-list] > [aria-current]");
		if (current) {
			show(current);
		}
	}
});
