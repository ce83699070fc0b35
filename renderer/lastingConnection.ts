import { explained } from '../shared/domain/explanation'
import { connectService, type Connection, type Port } from '../shared/protocol/connect'
import type { Client, Listen, ServiceSpec } from '../shared/protocol/service'

/** A connection that outlives its port. */
export type LastingConnection<S extends ServiceSpec> = Connection<S> & {
  /** Goes on over `port`, as when the process behind the first one was started anew. Pending calls reject. */
  moveTo(port: Port): void
}

/** Connects to `spec`'s service over `first`, and over later ports once told so; listeners move along. */
export function connectLasting<S extends ServiceSpec>(spec: S, first: Port): LastingConnection<S> {
  let current = connectService(spec, first)
  const restarts = new Set<() => void>()

  const listen: Listen<S> = (event, listener) => {
    let stop = current.listen(event, listener)
    const restart = () => (stop = current.listen(event, listener))
    restarts.add(restart)
    return () => {
      restarts.delete(restart)
      stop()
    }
  }
  const requests = Object.keys(spec.requests).map((name) => [
    name,
    (input: never) => current.client[name as keyof Client<S>](input),
  ])
  return {
    client: Object.fromEntries(requests) as Client<S>,
    listen,
    close: (reason) => current.close(reason),
    moveTo: (port) => {
      current.close(explained('service_restarted', { service: spec.name }))
      current = connectService(spec, port)
      for (const restart of restarts) restart()
    },
  }
}
