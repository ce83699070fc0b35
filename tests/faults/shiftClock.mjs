// Loaded before a program (node --import): its clock is off by SPROUT_TEST_CLOCK_MS milliseconds.
const off = Number(process.env.SPROUT_TEST_CLOCK_MS)
const RealDate = Date
globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + off)
    else super(...args)
  }

  static now() {
    return RealDate.now() + off
  }
}
