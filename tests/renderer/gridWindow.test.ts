import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  columnsFor,
  mostTiles,
  rowsSeen,
  scrollTo,
  tileByKey,
  wallHeight,
} from '../../renderer/draw/gridWindow'
import { isCrisp, rgbaOf } from '../../renderer/draw/samplePicture'

const wall = { columns: 5, tile: 100, gap: 10, count: 1000 }

test('rows that are seen are few, and hold every pixel of what is seen', () => {
  fc.assert(
    fc.property(fc.nat(22_000), fc.integer({ min: 1, max: 900 }), (top, height) => {
      const scrollTop = Math.min(top, wallHeight(wall) - height)
      const { from, to } = rowsSeen(wall, scrollTop, height, 0)
      expect(from * 110).toBeLessThanOrEqual(scrollTop)
      expect(to * 110 + 10).toBeGreaterThanOrEqual(scrollTop + height)
      expect(to - from).toBeLessThanOrEqual(Math.ceil(height / 110) + 1)
    }),
  )
  expect(rowsSeen(wall, 0, 50, 2)).toEqual({ from: 0, to: 3 })
  expect(rowsSeen(wall, 1e9, 50, 2)).toEqual({ from: 200, to: 200 })
})

test('as many columns as fit, at least one, and no wall is taller than browsers can', () => {
  expect(columnsFor(540, 100, 10)).toBe(5)
  expect(columnsFor(539, 100, 10)).toBe(4)
  expect(columnsFor(20, 100, 10)).toBe(1)
  const count = mostTiles(7, 256, 8)
  expect(count % 7).toBe(0)
  expect(wallHeight({ columns: 7, tile: 256, gap: 8, count })).toBeLessThanOrEqual(16_000_000)
})

test('keys lead to neighbours and never past the ends', () => {
  const go = (tile: number, key: string) => tileByKey(wall, tile, key, 3)
  expect(go(7, 'ArrowLeft')).toBe(6)
  expect(go(7, 'ArrowDown')).toBe(12)
  expect(go(7, 'PageDown')).toBe(22)
  expect([go(7, 'Home'), go(7, 'End')]).toEqual([5, 9])
  expect([go(0, 'ArrowLeft'), go(2, 'ArrowUp'), go(999, 'ArrowRight')]).toEqual([0, 0, 999])
  expect(go(7, 'a')).toBeNull()
})

test('a tile is brought into sight by the least scrolling', () => {
  expect(scrollTo(wall, 0, 300, 400)).toBe(0)
  expect(scrollTo(wall, 20, 300, 400)).toBe(300)
  expect(scrollTo(wall, 50, 300, 400)).toBe(800)
})

test('grey, colour and transparent pictures become what a canvas takes', () => {
  const of = (channels: 1 | 3 | 4, pixels: number[]) => [
    ...rgbaOf({ resolution: 1, channels, pixels: Uint8Array.from(pixels) }),
  ]
  expect(of(1, [9, 200])).toEqual([9, 9, 9, 255, 200, 200, 200, 255])
  expect(of(3, [1, 2, 3])).toEqual([1, 2, 3, 255])
  expect(of(4, [1, 2, 3, 4])).toEqual([1, 2, 3, 4])
  expect([isCrisp(16, 128), isCrisp(16, 100), isCrisp(256, 128)]).toEqual([true, false, false])
})
