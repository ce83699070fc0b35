import type { Page } from 'playwright-core'

/** What the page's frames and main thread were like for a while; milliseconds. */
export type Measured = { frames: number[]; longTasks: number[]; mosaics: number }

/** Counts frames, tasks over 50 ms and different mosaics on the canvas while `work` goes on. */
export async function measure(page: Page, work: () => Promise<void>): Promise<Measured> {
  await page.evaluate(() => {
    const measured = { frames: [] as number[], longTasks: [] as number[], seen: new Set<string>() }
    const observer = new PerformanceObserver((list) =>
      measured.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
    )
    observer.observe({ entryTypes: ['longtask'] })
    const canvas = document.querySelector<HTMLElement>('[data-testid="mosaic"]')
    let before = performance.now()
    let frame = requestAnimationFrame(function next(now) {
      measured.frames.push(now - before)
      before = now
      measured.seen.add(canvas?.dataset['images'] ?? '')
      frame = requestAnimationFrame(next)
    })
    Object.assign(window, {
      stopMeasuring: () => {
        cancelAnimationFrame(frame)
        observer.disconnect()
        const { frames, longTasks, seen } = measured
        return { frames: frames.slice(1), longTasks, mosaics: seen.size }
      },
    })
  })
  await work()
  return page.evaluate(() =>
    (window as unknown as { stopMeasuring: () => Measured }).stopMeasuring(),
  )
}

/** Moves the slider with each frame, from end to end and back, for so long. */
export function drag(page: Page, seconds: number): Promise<void> {
  return page.evaluate(
    (ms) =>
      new Promise<void>((done) => {
        const slider = document.querySelector<HTMLInputElement>('[data-testid="mosaic-scrub"]')!
        const last = Number(slider.max)
        const begun = performance.now()
        requestAnimationFrame(function step(now) {
          const along = Math.max(0, now - begun) / ms
          if (along >= 1) return done()
          const at = along < 0.5 ? 2 * along : 2 - 2 * along
          slider.value = `${Math.round(at * last)}`
          slider.dispatchEvent(new Event('input', { bubbles: true }))
          requestAnimationFrame(step)
        })
      }),
    seconds * 1000,
  )
}

/** Holds the right arrow key down, from the first mosaic on, for so long. */
export async function pressRight(page: Page, seconds: number): Promise<void> {
  await page.getByTestId('mosaic-scrub').focus()
  await page.keyboard.press('Home')
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) await page.keyboard.press('ArrowRight')
}

/** Plays from the first mosaic on, as fast as it goes, for so long. */
export async function play(page: Page, seconds: number): Promise<void> {
  await page.getByTestId('mosaic-scrub').focus()
  await page.keyboard.press('Home')
  await page.getByTestId('mosaic-speed').selectOption('30')
  await page.getByTestId('mosaic-play').click()
  await page.waitForTimeout(seconds * 1000)
  await page.getByTestId('mosaic-play').click()
}

/** Scrolls the open film strip from end to end, for so long. */
export function scrollStrip(page: Page, seconds: number): Promise<void> {
  return page.evaluate(
    (ms) =>
      new Promise<void>((done) => {
        const strip = document.querySelector('[data-testid="film-strip-frames"]')!
        const begun = performance.now()
        requestAnimationFrame(function step(now) {
          const along = Math.max(0, now - begun) / ms
          if (along >= 1) return done()
          strip.scrollLeft = along * (strip.scrollWidth - strip.clientWidth)
          requestAnimationFrame(step)
        })
      }),
    seconds * 1000,
  )
}
