/** What a picture is to be made of; a `width` that is not null is what the picture shall have. */
export type ToDecode =
  | { type: 'webp'; bytes: Uint8Array; width: number | null }
  | { type: 'rgba'; bytes: Uint8Array; width: number; height: number }

/** The answer to a question of {@link ToDecode}. */
export type Decoded = { id: number } & ({ bitmap: ImageBitmap } | { message: string })

const page = self as unknown as {
  postMessage(answer: Decoded, transfer: Transferable[]): void
  onmessage: (event: MessageEvent<{ id: number; wanted: ToDecode }>) => void
}

function decode(wanted: ToDecode): Promise<ImageBitmap> {
  if (wanted.type === 'rgba') {
    const pixels = new Uint8ClampedArray(wanted.bytes)
    return createImageBitmap(new ImageData(pixels, wanted.width, wanted.height))
  }
  const blob = new Blob([new Uint8Array(wanted.bytes)], { type: 'image/webp' })
  if (wanted.width === null) return createImageBitmap(blob)
  return createImageBitmap(blob, { resizeWidth: wanted.width, resizeQuality: 'medium' })
}

/**
 * Decodings that go on at once: half of the cores, since each takes one for as long as a frame lasts, and the page needs
 * some to draw with.
 */
const LANES = Math.max(1, navigator.hardwareConcurrency >> 1)
const lanes = Array.from({ length: LANES }, () => Promise.resolve())

async function answer(id: number, wanted: ToDecode): Promise<void> {
  try {
    const bitmap = await decode(wanted)
    page.postMessage({ id, bitmap }, [bitmap])
  } catch (error) {
    page.postMessage({ id, message: error instanceof Error ? error.message : `${error}` }, [])
  }
}

page.onmessage = ({ data: { id, wanted } }) => {
  const lane = id % LANES
  lanes[lane] = lanes[lane]!.then(() => answer(id, wanted))
}
