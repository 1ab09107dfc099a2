export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Shared with static/theme.js, which applies it before the first paint. */
const STORAGE_KEY = "meshhook-theme";

class ThemeChoice {
  #value = $state<Theme>(read());

  get value(): Theme {
    return this.#value;
  }

  set value(theme: Theme) {
    this.#value = theme;
    if (theme === "system") {
      localStorage.removeItem(STORAGE_KEY);
      delete document.documentElement.dataset["theme"];
    } else {
      localStorage.setItem(STORAGE_KEY, theme);
      document.documentElement.dataset["theme"] = theme;
    }
  }

  /** Cycles through system, light and dark. */
  turn(): void {
    this.value = THEMES[(THEMES.indexOf(this.#value) + 1) % THEMES.length] ?? "system";
  }
}

function read(): Theme {
  const stored = globalThis.localStorage?.getItem(STORAGE_KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export const theme = new ThemeChoice();
