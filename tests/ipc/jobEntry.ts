import { offer, serveJobs } from '../../main/ipc/serveJobs'
import type { JobHandler } from '../../shared/jobs'
import { doubleJob, endJob } from './testJobs'

const double: JobHandler<typeof doubleJob> = async ({ numbers }, { onProgress }) => {
  onProgress({ done: 1 })
  onProgress({ done: 2 })
  return { numbers: numbers.map((n) => 2 * n), variable: process.env.SPROUT_TEST_WORD ?? null }
}

const end: JobHandler<typeof endJob> = async ({ how }, { signal, onProgress }) => {
  onProgress({ pid: process.pid })
  switch (how) {
    case 'throw':
      throw new Error('the work went wrong')
    case 'kill itself':
      process.stderr.write('the driver fell over\n')
      await new Promise((resolve) => setTimeout(resolve, 100))
      process.kill(process.pid, 'SIGKILL')
      return new Promise<string>(() => undefined)
    case 'exit':
      process.exit(3)
    // As native code that never comes back: no message and no signal handler gets a turn.
    case 'spin':
      await new Promise((resolve) => setTimeout(resolve, 50))
      for (;;);
    case 'wait':
      return new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      )
    case 'wait deaf':
      return new Promise<string>(() => undefined)
    case 'done all the same':
      return new Promise<string>((resolve) =>
        signal.addEventListener('abort', () => resolve('unwanted')),
      )
    case 'odd result':
      return 5 as unknown as string
    default:
      return how satisfies never
  }
}

serveJobs([offer(doubleJob, async () => double), offer(endJob, async () => end)])
