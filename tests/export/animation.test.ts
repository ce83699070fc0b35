import sharp from 'sharp'
import { expect, test } from 'vitest'
import { Animation } from '../../main/export/animation'

function noise(count: number, side: number): Animation {
  const animation = new Animation(count)
  let state = 1
  for (let i = 0; i < count; i++) {
    const pixels = new Uint8Array(side * side * 3).map(
      () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16,
    )
    animation.add({ pixels, width: side, height: side, channels: 3 }, 40)
  }
  return animation
}

test('an animation holds its frames and delays', async () => {
  for (const format of ['webp', 'gif'] as const) {
    const { pages, delay, width, pageHeight } = await sharp(await noise(3, 16).encode(format), {
      animated: true,
    }).metadata()
    expect({ pages, delay, width, pageHeight }).toEqual({
      pages: 3,
      delay: [40, 40, 40],
      width: 16,
      pageHeight: 16,
    })
  }
})

test('encoding that is stopped is over at once, however much there is to encode', async () => {
  const abort = new AbortController()
  const order: string[] = []
  const big = noise(12, 160)
  const encoded = big.encode('gif', abort.signal).catch((error: unknown) => order.push(`${error}`))
  const whole = big.encode('gif').then(() => order.push('whole'))
  setTimeout(() => abort.abort(new Error('Cancelled')), 5)
  await Promise.all([encoded, whole])
  expect(order).toEqual(['Error: Cancelled', 'whole'])
  await expect(big.encode('gif', AbortSignal.abort(new Error('Before')))).rejects.toThrow('Before')
})
