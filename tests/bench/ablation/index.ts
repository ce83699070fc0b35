import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { physicalCores } from '../../../main/runtime/devices'

/**
 * What each optimisation gives: images/s of one training step with all of them and without one, by turns, medians.
 *
 * usage: ablation SIZE LOSS PRESET then pairs of NAME WORKER, the first with all of them
 */
const ROUNDS = 5
const SECONDS = 1.2

type Timed = { name: string; go(): Promise<number>; end(): void }

async function start(name: string, worker: string, step: readonly string[]): Promise<Timed> {
  const batch = Number(step[0]) >= 64 ? '8' : '16'
  const args = [worker, ...step, batch, `${physicalCores()}`]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  if ((await lines.next()).value !== 'READY') throw new Error(`"${name}" did not start`)
  return {
    name,
    async go() {
      child.stdin!.write(`go ${SECONDS}\n`)
      const { value } = await lines.next()
      return (JSON.parse(value) as { imagesPerSecond: number }).imagesPerSecond
    },
    end: () => child.kill(),
  }
}

async function main(): Promise<void> {
  const [size, loss, preset, ...pairs] = process.argv.slice(2)
  const timed: Timed[] = []
  for (let i = 0; i < pairs.length; i += 2)
    timed.push(await start(pairs[i]!, pairs[i + 1]!, [size!, loss!, preset!]))
  const speeds = timed.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, one] of timed.entries()) speeds[i]!.push(await one.go())
  }
  for (const one of timed) one.end()
  const medians = speeds.map((of) => of.sort((a, b) => a - b)[of.length >> 1]!)
  console.log(`${size} px, ${loss}, ${preset}\n`)
  console.log('| without | images/s | of all |\n| --- | ---: | ---: |')
  for (const [i, { name }] of timed.entries()) {
    const share = (100 * medians[i]!) / medians[0]!
    console.log(`| ${name} | ${medians[i]!.toFixed(1)} | ${share.toFixed(0)} % |`)
  }
}

void main()
