// Runs before the first paint, so that a chosen theme never flashes. Without a choice the system decides (color-scheme).
const theme = localStorage.getItem("meshhook-theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
