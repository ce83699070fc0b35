import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { audit } from '../audit'

const RESULTS = join(import.meta.dirname, '../../test-results')

/** Sizes of the window in pixels: the smallest that Sprout is made for, and a large one. */
export const SMALL = [1280, 800] as const
export const LARGE = [1920, 1080] as const

/**
 * Keeps pictures of what a page shows, by day and by night, as `NAME-light-1280.png` and so on among the tests' results,
 * and expects nothing there that a screen reader would stumble on. Leaves the page small and light.
 */
export async function look(
  page: Page,
  name: string,
  sizes: readonly (readonly [number, number])[] = [SMALL, LARGE],
): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height })
      // Pictures are asked for once they stay in sight.
      await page.waitForTimeout(400)
      await page.screenshot({ path: join(RESULTS, `${name}-${colorScheme}-${width}.png`) })
    }
    expect(await audit(page), `${name}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: SMALL[0], height: SMALL[1] })
}
