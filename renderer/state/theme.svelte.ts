import { MediaQuery } from 'svelte/reactivity'
import type { Theme } from '../../shared/domain/appearance'
import type { Shell } from '../bridge'

const dark = new MediaQuery('(prefers-color-scheme: dark)')

/** What was read of the theme, light and dark: asking the document brings its styles up to date, which takes time. */
const known = new Map<string, string>()

/**
 * Reads custom properties (`--leaf`) of the theme for code that draws. Read in an effect, it runs again when the
 * system's theme changes.
 */
export function themeColour(property: `--${string}`): string {
  const name = `${dark.current ? 'dark' : 'light'} ${property}`
  let value = known.get(name)
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(property).trim()
    known.set(name, value)
  }
  return value
}

/** The theme's typeface for code that draws, as a list of families. */
export function themeFont(): string {
  return themeColour('--sans')
}

/** The colours that the person chose. They come to the page as its `prefers-color-scheme`. */
export class Appearance {
  theme: Theme = $state('system')
  readonly #shell: Shell

  constructor(shell: Shell) {
    this.#shell = shell
  }

  async refresh(): Promise<void> {
    this.theme = await this.#shell.client.theme()
  }

  async choose(theme: Theme): Promise<void> {
    this.theme = theme
    await this.#shell.client.setTheme({ theme })
  }
}
