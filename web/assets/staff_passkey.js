// Signs in with a passkey, or makes one. A form names by data-passkey what is asked of the browser (get or create), and by
// data-ask where the shop's question is; the browser's answer goes with the form.
(() => {
  'use strict';

  const explained = {
    NotAllowedError: 'The passkey was not used: it was cancelled, or took too long. Please try again.',
    InvalidStateError: 'This device has a passkey for you already.',
    SecurityError: 'Passkeys need an address that begins with https://. Please open the back office by that one.',
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) prepare(form);

  function prepare(form) {
    const note = form.previousElementSibling?.matches('[data-without-script]') ? form.previousElementSibling : form.nextElementSibling;
    if (!window.PublicKeyCredential) {
      note.textContent = 'This browser, or this address, has no passkeys. They need an up-to-date browser and an address that begins with https://.';
      return;
    }
    note.hidden = true;
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(form);
    });
  }

  async function run(form) {
    const button = form.querySelector('button');
    const status = form.querySelector('[role=status]');
    button.disabled = true;
    status.textContent = 'Your browser asks for the passkey now.';
    try {
      const options = await ask(form.dataset.ask);
      const credential = form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ publicKey: forCreating(options) })
        : await navigator.credentials.get({ publicKey: forGetting(options) });
      form.elements.answer.value = JSON.stringify(answer(credential));
      form.submit();
    } catch (error) {
      status.textContent = explained[error.name] ?? error.message;
      button.disabled = false;
    }
  }

  async function ask(address) {
    let reply;
    try {
      reply = await fetch(address, { method: 'POST', headers: { Accept: 'application/json' } });
    } catch {
      throw new Error('The back office cannot be reached at the moment. Please try again.');
    }
    if (!reply.headers.get('Content-Type')?.startsWith('application/json')) {
      throw new Error('That took too long. Please load this page again.');
    }
    const body = await reply.json();
    if (!reply.ok) throw new Error(body.message);
    return body;
  }

  function forCreating(options) {
    return {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map(withBytes),
    };
  }

  function forGetting(options) {
    return { ...options, challenge: bytes(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(withBytes) };
  }

  function withBytes(credential) { return { ...credential, id: bytes(credential.id) }; }

  function answer(credential) {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[name]) response[name] = base64url(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id, rawId: base64url(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  function bytes(text) {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  }

  function base64url(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }
})();
