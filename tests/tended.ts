import type { ChildProcess } from 'node:child_process'
import { afterAll } from 'vitest'

/** What the tests of one file started and what has not ended yet. */
const running = new Set<ChildProcess>()

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Has a process end with the tests of its file at the latest, also where one of them fails before it would have ended
 * it. Answers the process.
 */
export function tended<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}
