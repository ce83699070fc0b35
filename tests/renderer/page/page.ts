// The real window on services that this page answers itself, over real message channels.
import type { Resolution } from '../../../shared/domain/resolution'
import { library } from '../../../shared/protocol/library'
import { serveService } from '../../../shared/protocol/connect'
import { shell } from '../../../shared/protocol/shell'
import { Garden } from './garden'

declare global {
  interface Window {
    /** For tests: what the services know, and ways to make things happen. */
    garden: Garden
    violations: string[]
  }
}

window.violations = []
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`),
)

function hand(name: string): MessagePort {
  const { port1, port2 } = new MessageChannel()
  window.postMessage({ kind: 'sprout-port', name }, window.location.origin, [port2])
  return port1
}

async function bytesOf(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer())
}

const scene = new URLSearchParams(window.location.search).get('scene') ?? 'empty'
const mosaics = new Map<Resolution, Uint8Array>(
  await Promise.all(
    ([4, 8, 16, 32] as const).map(
      async (size) => [size, await bytesOf(`/made/mosaic-${size}.webp`)] as const,
    ),
  ),
)
const previews = await Promise.all(
  Array.from({ length: 8 }, (_, i) => bytesOf(`/made/preview-${i}.png`)),
)
const garden = new Garden(mosaics, previews, hand)
if (scene === 'garden') garden.fill()
window.garden = garden
Object.defineProperty(window, 'sprout', {
  value: {
    connect: () => {
      garden.shellEmit = serveService(shell, hand('shell'), garden.shell).emit
      garden.libraryEmit = serveService(library, hand('library'), garden.library).emit
    },
    pathOf: (file: File) => (file.name.includes('.') ? '' : `/home/me/${file.name}`),
  },
})
await import('../../../renderer/main')
