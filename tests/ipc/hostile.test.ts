import * as v from 'valibot'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import { library } from '../../shared/protocol/library'
import { shell } from '../../shared/protocol/shell'
import { trainer } from '../../shared/protocol/trainer'
import type { Handlers, ServiceSpec } from '../../shared/protocol/service'
import { hostileMessages, unhandled } from './hostileMessages'

const open: MessageChannel[] = []
function channel(): MessageChannel {
  const made = new MessageChannel()
  open.push(made)
  return made
}
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close()
})

const SERVICES: readonly ServiceSpec[] = [shell, library, trainer]

/** Serves `spec` with handlers that only take note of what reaches them. */
function listening(spec: ServiceSpec, port: MessagePort) {
  const heard: { name: string; input: unknown }[] = []
  const handlers = Object.fromEntries(
    Object.keys(spec.requests).map((name) => [
      name,
      async (input: unknown) => {
        heard.push({ name, input })
        return null
      },
    ]),
  )
  serveService(spec, port as unknown as Port, handlers as Handlers<ServiceSpec>)
  return heard
}

/** Resolves when everything posted before has been dealt with: ports keep the order. */
async function settled(port: MessagePort, spec: ServiceSpec): Promise<void> {
  const id = `ping-${Math.random()}`
  await new Promise<void>((resolve) => {
    const listener = ({ data }: MessageEvent) => {
      if ((data as { i?: unknown } | null)?.i !== id) return
      port.removeEventListener('message', listener)
      resolve()
    }
    port.addEventListener('message', listener)
    port.postMessage({ t: 'q', m: Object.keys(spec.requests)[0], a: ['x'], i: id })
  })
}

test.each(SERVICES.map((spec) => [spec.name, spec] as const))(
  'whatever comes on a port of %s, its handlers hear of nothing that breaks the protocol',
  async (_name, spec) => {
    const errors = unhandled()
    const { port1, port2 } = channel()
    const heard = listening(spec, port2)
    port1.start()
    await fc.assert(
      fc.asyncProperty(fc.array(hostileMessages(spec), { maxLength: 20 }), async (messages) => {
        for (const message of messages) port1.postMessage(message)
        await settled(port1, spec)
        for (const { name, input } of heard.splice(0)) {
          expect(v.is(spec.requests[name]!.input, input)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
    expect(errors.stop()).toEqual([])
  },
  60_000,
)

test('names that every object has are no requests', async () => {
  const errors = unhandled()
  const { port1, port2 } = channel()
  const heard = listening(shell, port2)
  port1.start()
  const answers: unknown[] = []
  port1.addEventListener('message', ({ data }) => answers.push(data))
  for (const m of ['constructor', 'toString', '__proto__', 'valueOf', '__defineGetter__', '$close'])
    port1.postMessage({ t: 'q', m, a: ['x', 'y'], i: m })
  await settled(port1, shell)
  expect(heard).toEqual([])
  const refused = answers.filter((each) => (each as { e?: Error }).e !== undefined)
  expect(refused).toHaveLength(6)
  expect(errors.stop()).toEqual([])
})

test('a long list of wrong values is refused in one short line', async () => {
  const { port1, port2 } = channel()
  listening(library, port2)
  const { client } = connectService(library, port1 as unknown as Port)
  const points = Array.from({ length: 64 }, () => 'x'.repeat(100_000)) as never
  const asked = client.drawSamples({ runId: 'a', checkpointId: 1, points, truncation: 1 })
  const message = await asked.then(String, (error: Error) => error.message)
  expect(message).toMatch(/drawSamples is not as agreed: points/)
  expect(message.length).toBeLessThan(700)
})

test('the asking end lets nothing through either', async () => {
  const errors = unhandled()
  const { port1, port2 } = channel()
  const complaints: string[] = []
  const { listen } = connectService(trainer, port1 as unknown as Port, {
    onError: (error) => complaints.push(error.message),
  })
  const events: unknown[] = []
  listen('event', (event) => events.push(event))
  port2.start()
  const wrong = [null, 7, 'x', [], {}, { t: 's' }, { t: 'q', m: 'event' }, { ready: 7 }]
  for (const message of wrong) port2.postMessage(message)
  port2.postMessage({ t: 'q', m: 'event', a: [{ seq: 'x' }] })
  port2.postMessage({ t: 'q', m: 'toString', a: [] })
  const note = { kind: 'note', imagesSeen: 0, text: 'hello' }
  port2.postMessage({ t: 'q', m: 'event', a: [{ seq: 1, at: 1, body: note }] })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(events).toHaveLength(1)
  expect(complaints).toHaveLength(1)
  expect(errors.stop()).toEqual([])
})
