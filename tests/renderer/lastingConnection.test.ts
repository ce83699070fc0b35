import * as v from 'valibot'
import { afterEach, expect, test } from 'vitest'
import { connectLasting } from '../../renderer/lastingConnection'
import { serveService, type Port } from '../../shared/protocol/connect'
import type { ServiceSpec } from '../../shared/protocol/service'

const clock = {
  name: 'clock',
  requests: { read: { input: v.void(), output: v.number() } },
  events: { tick: v.number() },
} as const satisfies ServiceSpec

const open: MessageChannel[] = []
function channel(): [Port, Port] {
  const made = new MessageChannel()
  open.push(made)
  return [made.port1 as unknown as Port, made.port2 as unknown as Port]
}
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close()
})

test('calls and listeners go on over the new port; what was pending rejects', async () => {
  const [asking, silent] = channel()
  const connection = connectLasting(clock, asking)
  serveService(clock, silent, { read: () => new Promise(() => {}) })
  const ticks: number[] = []
  const stopped: number[] = []
  connection.listen('tick', (at) => ticks.push(at))
  const stop = connection.listen('tick', (at) => stopped.push(at))
  const pending = expect(connection.client.read()).rejects.toThrow('started anew')

  const [askingAgain, answering] = channel()
  connection.moveTo(askingAgain)
  const { emit } = serveService(clock, answering, { read: async () => 7 })
  await pending
  expect(await connection.client.read()).toBe(7)
  emit('tick', 1)
  await connection.client.read()
  stop()
  emit('tick', 2)
  await connection.client.read()
  expect(ticks).toEqual([1, 2])
  expect(stopped).toEqual([1])
})
