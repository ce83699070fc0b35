import type { MessagePortMain } from 'electron'
import type { Port } from '../../shared/protocol/connect'

/** Electron's port of the main and utility processes, in the shape of a DOM port. */
export function portOf(port: MessagePortMain): Port {
  const wrappers = new Map<object, (event?: { data: unknown }) => void>()
  return {
    postMessage: (message) => port.postMessage(message),
    addEventListener: (type, listener) => {
      const wrapper = (event?: { data: unknown }) => listener({ data: event?.data })
      wrappers.set(listener, wrapper)
      port.on(type as 'message', wrapper)
    },
    removeEventListener: (type, listener) => {
      const wrapper = wrappers.get(listener)
      if (wrapper !== undefined) port.off(type as 'message', wrapper)
      wrappers.delete(listener)
    },
    start: () => port.start(),
    close: () => port.close(),
  }
}
