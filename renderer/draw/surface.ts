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

/** Surfaces are used again when their size is asked for again; the last two sizes are kept. */
export function keptSurfaces(make: MakeSurface): MakeSurface {
  let kept: OffscreenCanvasRenderingContext2D[] = []
  return (width, height) => {
    const found = kept.find(({ canvas }) => canvas.width === width && canvas.height === height)
    const surface = found ?? make(width, height)
    kept = [surface, ...kept.filter((each) => each !== surface)].slice(0, 2)
    return surface
  }
}
