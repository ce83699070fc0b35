import * as v from 'valibot'
import { createBirpc } from 'birpc'
import {
  complaintOf,
  ComplaintSchema,
  errorOf,
  explained,
  type Complaint,
} from '../domain/explanation'
import type { Client, Emit, Handlers, Listen, ServiceSpec } from './service'

type MessageListener = (event: { data: unknown }) => void

/**
 * The ends of a channel as both sides see them: a DOM or Node `MessagePort` as it is, an Electron port once
 * wrapped by `main/ipc`. Messages wait in the channel until `start`; bytes cross by structured clone.
 */
export type Port = {
  postMessage(message: unknown): void
  addEventListener(type: 'message' | 'close', listener: MessageListener): void
  removeEventListener(type: 'message' | 'close', listener: MessageListener): void
  start(): void
  close(): void
}

/** Settings of either end. */
export type ConnectOptions = {
  /**
   * Told of errors that no caller waits for: a listener that threw, an event that broke its schema. Left out,
   * they are thrown from a timer, as uncaught as any other bug.
   */
  onError?: (error: Error) => void
}

/** The asking end of a service on one port. */
export type Connection<S extends ServiceSpec> = {
  /** One function per request. Calls wait until the other end serves; they reject when the port closes. */
  readonly client: Client<S>
  readonly listen: Listen<S>
  /** Closes the port. Pending and later calls reject with `reason`. */
  close(reason?: Error): void
}

/** The answering end of a service on one port. */
export type Served<S extends ServiceSpec> = {
  readonly emit: Emit<S>
  close(): void
}

/** Of what is wrong with a value, so much is told: the value may be of any length. */
const MOST_PROBLEM_CHARACTERS = 500

/** What crosses as an answer: errors go as their message and why, so that they read the same in every process. */
type Answer = { ok: true; value: unknown } | ({ ok: false } & Complaint)

/** Sent by the answering end once it listens. */
const ReadySchema = v.object({ ready: v.string() })
type Ready = v.InferOutput<typeof ReadySchema>

/** A call as it crosses; what is called for an answer has an id. */
const CallSchema = v.looseObject({
  t: v.literal('q'),
  m: v.string(),
  a: v.array(v.unknown()),
  i: v.optional(v.string()),
})
const ReplySchema = v.looseObject({ t: v.literal('s'), i: v.string() })

/** Parses `value`; the error names the service, the message, the place in the value and what is wrong there. */
function parseCrossing<T extends v.GenericSchema>(
  schema: T,
  value: unknown,
  what: string,
): v.InferOutput<T> {
  // The first problem is enough: a long list of wrong values would make as long a list of problems.
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  const problem = path === null ? issue.message : `${path}: ${issue.message}`
  throw new Error(`${what} is not as agreed: ${problem.slice(0, MOST_PROBLEM_CHARACTERS)}`)
}

/** Functions that may be called by name, and nothing that every object has besides. */
function callable<F>(functions: readonly (readonly [string, F])[]): Record<string, F> {
  const named = Object.create(null) as Record<string, F>
  for (const [name, call] of functions) named[name] = call
  return named
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function throwLater(error: Error): void {
  setTimeout(() => {
    throw error
  })
}

/**
 * Asks `spec`'s service over `port`. Every answer and event is parsed by its schema before anyone sees it.
 * A request that fails over there rejects here with an `Error` of the same message, which knows why if the
 * other one did.
 */
export function connectService<S extends ServiceSpec>(
  spec: S,
  port: Port,
  options: ConnectOptions = {},
): Connection<S> {
  const onError = options.onError ?? throwLater
  const listeners = new Map<string, Set<(payload: never) => void>>()
  let closedBy: Error | null = null
  let giveUp: (reason: Error) => void = () => {}

  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      onError(toError(error))
    }
  }
  const deliver = (event: string, payload: unknown) =>
    attempt(() => {
      const heard = listeners.get(event)
      if (heard === undefined || heard.size === 0) return
      const what = `The event ${spec.name}.${event}`
      const parsed = parseCrossing(spec.events[event]!, payload, what)
      for (const listener of heard) attempt(() => listener(parsed as never))
    })
  const onEvent = callable(
    Object.keys(spec.events).map(
      (event) => [event, (payload: unknown) => deliver(event, payload)] as const,
    ),
  )
  const rpc = createBirpc<
    Record<string, (input: unknown) => Promise<Answer>>,
    typeof onEvent,
    false
  >(onEvent, {
    proxify: false,
    timeout: -1,
    post: (message) => port.postMessage(message),
    on: (receive) => {
      const ready = new Promise<void>((resolve, reject) => {
        giveUp = reject
        port.addEventListener('message', ({ data }) => {
          if (v.is(CallSchema, data) || v.is(ReplySchema, data)) receive(data)
          else if (!v.is(ReadySchema, data)) return
          else if (data.ready === spec.name) resolve()
          else close(new Error(`The port for ${spec.name} leads to ${data.ready}.`))
        })
      })
      ready.catch(() => {})
      port.addEventListener('close', () =>
        close(explained('service_ended', { service: spec.name })),
      )
      port.start()
      return ready
    },
  })

  async function ask(name: string, input: unknown): Promise<unknown> {
    if (closedBy !== null) throw closedBy
    const answer = await rpc.$call(name, input)
    if (!answer.ok) throw errorOf(v.parse(ComplaintSchema, answer))
    return parseCrossing(
      spec.requests[name]!.output,
      answer.value,
      `The answer to ${spec.name}.${name}`,
    )
  }

  function close(reason = new Error(`The connection to ${spec.name} was closed.`)): void {
    if (closedBy !== null) return
    closedBy = reason
    giveUp(closedBy)
    rpc.$close(closedBy)
    port.close()
  }

  const requests = Object.keys(spec.requests).map((name) => [
    name,
    (input: unknown) => ask(name, input),
  ])
  return {
    client: Object.fromEntries(requests) as Client<S>,
    listen: (event, listener) => {
      const heard = listeners.get(event) ?? new Set()
      listeners.set(event, heard.add(listener))
      return () => heard.delete(listener)
    },
    close,
  }
}

/**
 * Answers `spec`'s requests on `port` with `handlers`. Arguments are parsed before a handler sees them; what a
 * handler throws reaches the caller as its message.
 */
export function serveService<S extends ServiceSpec>(
  spec: S,
  port: Port,
  handlers: Handlers<S>,
  options: ConnectOptions = {},
): Served<S> {
  const onError = options.onError ?? throwLater
  let closed = false

  async function answer(name: string, input: unknown): Promise<Answer> {
    try {
      const parsed = parseCrossing(
        spec.requests[name]!.input,
        input,
        `The request ${spec.name}.${name}`,
      )
      return { ok: true, value: await handlers[name as keyof Handlers<S>](parsed as never) }
    } catch (error) {
      return { ok: false, ...complaintOf(error) }
    }
  }
  const onRequest = callable(
    Object.keys(spec.requests).map(
      (name) => [name, (input: unknown) => answer(name, input)] as const,
    ),
  )
  const rpc = createBirpc<Record<string, (payload: unknown) => void>, typeof onRequest, false>(
    onRequest,
    {
      proxify: false,
      post: (message) => {
        if (!closed) port.postMessage(message)
      },
      on: (receive) => {
        // Nobody answers this end: what is no call is none of ours.
        port.addEventListener('message', ({ data }) => {
          if (v.is(CallSchema, data)) receive(data)
        })
        port.addEventListener('close', close)
        port.start()
        port.postMessage({ ready: spec.name } satisfies Ready)
      },
    },
  )

  function close(): void {
    if (closed) return
    closed = true
    rpc.$close()
    port.close()
  }

  return {
    emit: (event, payload) => {
      if (closed) return
      rpc.$callEvent(event, payload).catch((error: unknown) => onError(toError(error)))
    },
    close,
  }
}
