/** Light or dark: what the system says, until somebody chooses. */
const key = 'caves-connect.theme';
const themes = ['system', 'light', 'dark'] as const;

export function useKeptTheme(): void {
  apply(localStorage.getItem(key) ?? 'system');
}

/** The other one of light and dark; once more goes back to what the system says. */
export function nextTheme(): void {
  const present = themes.findIndex((theme) => theme === (document.documentElement.dataset['theme'] ?? 'system'));
  const next = themes[(present + 1) % themes.length] ?? 'system';
  localStorage.setItem(key, next);
  apply(next);
}

function apply(theme: string): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
