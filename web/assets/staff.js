// What makes the back office quicker to use. Every page works without it, but for the sending of files and for passkeys.
(() => {
  'use strict';

  // A button copies the field or list that it names.
  for (const button of document.querySelectorAll('[data-copy]')) {
    if (!navigator.clipboard) continue; // pages without https
    button.hidden = false;
    button.addEventListener('click', async () => {
      const from = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(from.value ?? from.innerText);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Please copy it by hand';
      }
    });
  }

  for (const button of document.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
})();
