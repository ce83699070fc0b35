import { MediaQuery } from 'svelte/reactivity'

const dark = new MediaQuery('(prefers-color-scheme: dark)')

/**
 * Reads custom properties (`--leaf`) of the theme for code that draws. Read in an effect, it runs again when the
 * system's theme changes.
 */
export function themeColour(property: `--${string}`): string {
  void dark.current
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim()
}
