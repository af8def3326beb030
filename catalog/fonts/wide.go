package fonts

import (
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Wide is the face for what Regular lacks, and WideBold for what Bold lacks: Greek and Cyrillic.
func Wide() *Face { return wideFaces().regular }

// WideBold is Wide in bold.
func WideBold() *Face { return wideFaces().bold }

// wideFaces reads the files once, where a text needs them.
var wideFaces = sync.OnceValue(func() set {
	return set{regular: mustRead("wide", "", string(goregular.TTF)), bold: mustRead("wide", "B", string(gobold.TTF))}
})
