// What makes the back office quicker to use. Every page works without it, but for the sending of files.
