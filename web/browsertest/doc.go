// Package browsertest holds the tests that use the shop as people do: the whole program, started as
// "bookroom demo", in a real Chromium, with and without JavaScript.
//
// It knows nothing of the code behind the pages; it sees what a browser sees.
package browsertest
