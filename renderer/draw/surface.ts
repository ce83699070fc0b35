/** Makes an empty drawing surface of its own, `width` by `height` pixels. */
export type MakeSurface = (width: number, height: number) => OffscreenCanvasRenderingContext2D

/** A surface that is not on the page; throws where the browser gives none. */
export const makeSurface: MakeSurface = (width, height) => {
  const ctx = new OffscreenCanvas(width, height).getContext('2d')
  if (ctx === null)
    throw new Error(`No drawing surface of ${width} by ${height} pixels could be made.`)
  ctx.imageSmoothingQuality = 'high'
  return ctx
}

/** Makes surfaces one at a time: the one before is used again when it has the size that is asked for. */
export function oneSurface(make: MakeSurface): MakeSurface {
  let kept: OffscreenCanvasRenderingContext2D | null = null
  return (width, height) => {
    if (kept?.canvas.width !== width || kept.canvas.height !== height) kept = make(width, height)
    return kept
  }
}
