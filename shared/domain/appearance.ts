/** Colours of the window: the system's choice, or always the same. */
export const THEMES = ['system', 'light', 'dark'] as const
/** One of {@link THEMES}. */
export type Theme = (typeof THEMES)[number]
