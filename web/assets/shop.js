// The figure on the home page stands in it already: this keeps it moving, one student every twelve
// seconds. It is not said aloud, it can be paused, and it waits to be asked where motion is not wanted.
(() => {
  const figure = document.querySelector('[data-lost]');
  if (!figure) return;
  const button = document.querySelector('[data-pause]');
  const number = new Intl.NumberFormat(`${document.documentElement.lang}-US`); // as the server writes it
  const began = Date.now();
  const lost = Number(figure.dataset.lost);
  const show = () => { figure.textContent = number.format(lost + Math.floor((Date.now() - began) / 12000)); };
  let clock;
  const turn = () => {
    const running = !clock;
    if (running) show(), clock = setInterval(show, 1000);
    else clock = clearInterval(clock);
    figure.classList.toggle('beats', running);
  };
  const other = () => { [button.textContent, button.dataset.pause] = [button.dataset.pause, button.textContent]; };
  button.addEventListener('click', () => { turn(); other(); });
  button.hidden = false;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) other();
  else turn();
})();

// Searching: fields that are empty stay out of the address; the sheet of filters makes way for what it
// has found; a link to the search field leads into it.
(() => {
  document.addEventListener('formdata', (e) => {
    if (e.target.method !== 'get') return;
    for (const [name, value] of [...e.formData]) if (value === '') e.formData.delete(name);
  });
  const sheet = document.getElementById('facets');
  sheet?.closest('form').addEventListener('submit', () => { if (sheet.matches(':popover-open')) sheet.hidePopover(); });
  if (location.hash === '#q') document.getElementById('q')?.focus();
})();
