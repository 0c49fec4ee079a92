// The server writes the theme from this cookie, so that no page ever flashes.
addEventListener("click", event => {
	const button = event.target.closest("[data-theme-choice]");
	if (!button) {
		return;
	}
	const theme = button.dataset.themeChoice;
	for (const other of document.querySelectorAll("[data-theme-choice]")) {
		other.setAttribute("aria-pressed", String(other === button));
	}
	const secure = location.protocol === "https:" ? "; secure" : "";
	document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
	if (theme) {
		document.documentElement.dataset.theme = theme;
	} else {
		delete document.documentElement.dataset.theme;
	}
});
