import AxeCore from 'axe-core'
import type { Page } from 'playwright-core'

/** What WCAG 2.1 A and AA find at fault in what a page shows, a line for each element; `[]` where nothing is. */
export async function audit(page: Page): Promise<string[]> {
  await page.evaluate(AxeCore.source)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof AxeCore }
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
  })
}

/** The same by all of axe's rules, best practices among them. */
export async function auditByAllRules(page: Page): Promise<string[]> {
  await page.evaluate(AxeCore.source)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof AxeCore }
    const { violations } = await axe.run()
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))
  })
}
