// Shows a picture large; the arrow keys go to its neighbours.
const dialog = document.querySelector('dialog')
const large = dialog.querySelector('img')
const words = dialog.querySelector('p')
const pictures = [...document.querySelectorAll('li img')]
let shown = 0
function show(number) {
  shown = (number + pictures.length) % pictures.length
  large.src = pictures[shown].src
  large.alt = words.textContent = pictures[shown].alt
  if (!dialog.open) dialog.showModal()
}
pictures.forEach((picture, i) => picture.parentElement.addEventListener('click', () => show(i)))
dialog.addEventListener('keydown', ({ key }) => {
  if (key === 'ArrowRight') show(shown + 1)
  if (key === 'ArrowLeft') show(shown - 1)
})
dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
dialog.addEventListener('close', () => pictures[shown].parentElement.focus())
