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

page.onmessage = ({ data: { id, wanted } }) => {
  decode(wanted).then(
    (bitmap) => page.postMessage({ id, bitmap }, [bitmap]),
    (error: unknown) =>
      page.postMessage({ id, message: error instanceof Error ? error.message : `${error}` }, []),
  )
}
