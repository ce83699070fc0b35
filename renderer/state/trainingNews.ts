import { m } from '../messages/generated/messages.js'
import { getLocale } from '../messages/generated/runtime.js'
import type { Bridge } from '../bridge'
import { formatCount } from './format'
import { errorWords } from './problemWords'

/**
 * Tells by way of the system when a run is done or got into trouble, for a person who looks elsewhere; the shell says
 * nothing while they look at the window. A run that somebody stopped is no news.
 */
export function tellTrainingNews(
  { shell, library }: Bridge,
  complain: (text: string) => void,
): void {
  let before: string | null = null
  // After a reload, a run may be training already.
  shell.client.trainingRuns().then(
    ({ training }) => (before ??= training),
    () => {},
  )
  shell.listen('trainersChanged', ({ training }) => {
    const ended = before
    before = training
    if (ended === null || ended === training) return
    tellEnd(ended).catch((error: unknown) => complain(errorWords(error)))
  })

  async function tellEnd(runId: string): Promise<void> {
    const { name, state, imagesSeen } = await library.client.getRun({ runId })
    if (state === 'finished') {
      const images = formatCount(imagesSeen, getLocale())
      await shell.client.notify({
        title: m.charts_news_finished({ name }),
        body: m.charts_news_finished_text({ images }),
      })
    } else if (state === 'failed' || state === 'interrupted') {
      await shell.client.notify({
        title: m.charts_news_trouble({ name }),
        body: m.charts_news_trouble_text(),
      })
    }
  }
}
