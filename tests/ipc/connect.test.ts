import * as v from 'valibot'
import { afterEach, expect, test } from 'vitest'
import { connectService, serveService, type Port } from '../../shared/protocol/connect'
import type { Handlers, ServiceSpec } from '../../shared/protocol/service'

const calculator = {
  name: 'calculator',
  requests: {
    half: { input: v.object({ of: v.number() }), output: v.number() },
    reverse: { input: v.instance(Uint8Array), output: v.instance(Uint8Array) },
    reset: { input: v.void(), output: v.void() },
  },
  events: { overflow: v.object({ at: v.pipe(v.number(), v.integer()) }) },
} as const satisfies ServiceSpec

const handlers: Handlers<typeof calculator> = {
  half: async ({ of }) => {
    if (of < 0) throw new RangeError('Only sums of at least 0 can be halved; give another.')
    return of / 2
  },
  reverse: async (bytes) => bytes.slice().reverse(),
  reset: async () => {},
}

const open: MessageChannel[] = []
function channel(): [Port, Port] {
  const made = new MessageChannel()
  open.push(made)
  return [made.port1 as unknown as Port, made.port2 as unknown as Port]
}
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close()
})

test('a request reaches its handler and the answer comes back', async () => {
  const [asking, answering] = channel()
  const { client } = connectService(calculator, asking)
  serveService(calculator, answering, handlers)
  expect(await client.half({ of: 5 })).toBe(2.5)
  expect(await client.reset()).toBeUndefined()
})

test('requests made before the other end serves wait for it', async () => {
  const [asking, answering] = channel()
  const { client } = connectService(calculator, asking)
  const answers = Promise.all([client.half({ of: 2 }), client.half({ of: 4 })])
  await new Promise((done) => setTimeout(done, 20))
  serveService(calculator, answering, handlers)
  expect(await answers).toEqual([1, 2])
})

test('bytes cross and the sender keeps its own', async () => {
  const [asking, answering] = channel()
  serveService(calculator, answering, handlers)
  const sent = Uint8Array.of(1, 2, 3)
  expect(await connectService(calculator, asking).client.reverse(sent)).toEqual(
    Uint8Array.of(3, 2, 1),
  )
  expect(sent).toEqual(Uint8Array.of(1, 2, 3))
})

test('what a handler throws arrives as its message', async () => {
  const [asking, answering] = channel()
  serveService(calculator, answering, handlers)
  const { client } = connectService(calculator, asking)
  await expect(client.half({ of: -1 })).rejects.toThrow('Only sums of at least 0 can be halved')
})

test('a malformed argument is refused before its handler, naming the place', async () => {
  const [asking, answering] = channel()
  let called = false
  serveService(calculator, answering, {
    ...handlers,
    half: async () => {
      called = true
      return 0
    },
  })
  const { client } = connectService(calculator, asking)
  await expect(client.half({ of: 'five' as unknown as number })).rejects.toThrow(
    /request calculator\.half is not as agreed: of: /,
  )
  expect(called).toBe(false)
})

test('a malformed answer does not reach the caller', async () => {
  const [asking, answering] = channel()
  serveService(calculator, answering, { ...handlers, half: async () => 'x' as unknown as number })
  await expect(connectService(calculator, asking).client.half({ of: 1 })).rejects.toThrow(
    /answer to calculator\.half/,
  )
})

test('events reach every listener until it stops; a malformed one is reported', async () => {
  const [asking, answering] = channel()
  const errors: string[] = []
  const { client, listen } = connectService(calculator, asking, {
    onError: (error) => errors.push(error.message),
  })
  const { emit } = serveService(calculator, answering, handlers)
  const first: number[] = []
  const second: number[] = []
  const stop = listen('overflow', ({ at }) => first.push(at))
  listen('overflow', ({ at }) => second.push(at))
  emit('overflow', { at: 1 })
  await client.reset()
  stop()
  emit('overflow', { at: 2 })
  emit('overflow', { at: 2.5 })
  await client.reset()
  expect([first, second]).toEqual([[1], [1, 2]])
  expect(errors).toEqual([expect.stringContaining('calculator.overflow is not as agreed: at: ')])
})

test('an error of a listener is reported and spares the others', async () => {
  const [asking, answering] = channel()
  const errors: string[] = []
  const { client, listen } = connectService(calculator, asking, {
    onError: (error) => errors.push(error.message),
  })
  const { emit } = serveService(calculator, answering, handlers)
  const heard: number[] = []
  listen('overflow', () => {
    throw new Error('broken view')
  })
  listen('overflow', ({ at }) => heard.push(at))
  emit('overflow', { at: 3 })
  await client.reset()
  expect(errors).toEqual(['broken view'])
  expect(heard).toEqual([3])
})

test('calls pending when the other end goes away reject, and so do later ones', async () => {
  const [asking, answering] = channel()
  const { client } = connectService(calculator, asking)
  const served = serveService(calculator, answering, {
    ...handlers,
    half: () => new Promise(() => {}),
  })
  const pending = client.half({ of: 1 })
  const refused = expect(pending).rejects.toThrow('The calculator process has ended.')
  await client.reset()
  served.close()
  await refused
  await expect(client.reset()).rejects.toThrow('The calculator process has ended.')
})

test('calls still waiting for a peer reject when the connection is closed', async () => {
  const [asking] = channel()
  const { client, close } = connectService(calculator, asking)
  const refused = expect(client.reset()).rejects.toThrow('gone')
  close(new Error('gone'))
  await refused
})

test('a port that leads to another service is refused', async () => {
  const [asking, answering] = channel()
  serveService({ ...calculator, name: 'abacus' }, answering, handlers)
  await expect(connectService(calculator, asking).client.reset()).rejects.toThrow(
    'The port for calculator leads to abacus.',
  )
})
