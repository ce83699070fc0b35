import { afterAll, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { installedEngine } from '../runtime/tensorflow/installed'
import { linesOf, startSprout, temporaryHome, type Line } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', home.folder, '--json']
const TIMEOUT_MS = 180_000

/** Runs a command that trains until `until` holds for a line, then stops it as Ctrl-C does. */
async function untilStopped(args: string[], until: (line: Line) => boolean): Promise<Line[]> {
  const { ended } = startSprout([...args, ...WHERE], (line, child) => {
    if (until(line)) child.kill('SIGINT')
  })
  const result = await ended
  expect(result.code, result.stderr).toBe(0)
  return linesOf(result)
}

test.skipIf(installedEngine() === null)(
  'a run goes on with another device, which its events tell, and stays with it until told otherwise',
  async () => {
    const schedule = ['--to', '4', '--stable-images', '100000']
    const train = ['train', '--data', 'sample:mnist', '--preset', 'tiny', ...schedule]
    const begun = await untilStopped(train, ({ type }) => type === 'tick')
    const { runId, imagesSeen } = begun.at(-1)! as Line & { runId: string; imagesSeen: number }
    const trains = ({ type, state }: Line) => type === 'state' && state === 'training'
    const resume = (...more: string[]) => untilStopped(['resume', runId, ...more], trains)

    const changed = await resume('--device', 'tensorflow')
    expect(changed.filter(({ type }) => type === 'device')).toMatchObject([
      { device: 'tensorflow', before: 'cpu', imagesSeen },
    ])
    expect((await resume()).filter(({ type }) => type === 'device')).toEqual([])
    const run = RunFile.openForReading(openHome(home.folder).runFile(runId))
    expect(run.device()).toBe('tensorflow')
    run.close()
    const back = await resume('--device', 'cpu')
    expect(back.filter(({ type }) => type === 'device')).toMatchObject([
      { device: 'cpu', before: 'tensorflow' },
    ])
  },
  TIMEOUT_MS,
)
