import type { PageLanguage } from '../../../shared/domain/exportRequest'

/** What the exported page says, in one language. */
export type PageWords = {
  /** How many pictures of which size. */
  readonly pictures: (count: number, size: string) => string
  readonly source: (dataset: string) => string
  readonly images: (images: string) => string
  readonly truncation: (truncation: string) => string
  /** What a picture is called: its seed, and its class where it has one. */
  readonly seed: (caption: string) => string
  readonly footer: (app: string) => string
  readonly picture: string
  readonly close: string
}

/** The page's words in each language that it can be written in. */
export const PAGE_WORDS: Readonly<Record<PageLanguage, PageWords>> = {
  en: {
    pictures: (count, size) =>
      count === 1 ? `1 picture of ${size}` : `${count} pictures of ${size}`,
    source: (dataset) => `learned from ${dataset}`,
    images: (images) => `after ${images} images`,
    truncation: (truncation) => `truncation ${truncation}`,
    seed: (caption) => `Seed ${caption}`,
    footer: (app) =>
      `Grown with Sprout ${app}. Every picture says in its file where it comes from.`,
    picture: 'Picture',
    close: 'Close',
  },
  'zh-CN': {
    pictures: (count, size) => `${count} 张 ${size} 的图片`,
    source: (dataset) => `学自“${dataset}”`,
    images: (images) => `训练 ${images} 张图片之后`,
    truncation: (truncation) => `截断 ${truncation}`,
    seed: (caption) => `种子 ${caption}`,
    footer: (app) => `由 Sprout ${app} 生长而成。每张图片的文件中都记有它的来历。`,
    picture: '图片',
    close: '关闭',
  },
}
