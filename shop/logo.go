package shop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // a logo may be one
	_ "image/png"  // or the other
	"strings"
)

// What a logo may be.
const (
	MaxLogo      = 200 << 10 // bytes
	longestLogo  = 4000      // pixels to a side
	smallestLogo = 16
)

// NewLogo writes the bytes of a picture as the setting SettingSellerLogo. Whether they are one is found when the
// settings are saved.
func NewLogo(picture []byte) string { return base64.StdEncoding.EncodeToString(picture) }

// errLogo answers a logo that is none.
var errLogo = errors.New("the logo is no PNG or JPEG")

// readLogo returns a logo's bytes and media type.
func readLogo(text string) (picture []byte, mediaType string, err error) {
	picture, err = base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, "", fmt.Errorf("read the logo: %w", err)
	}
	_, format, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, "", fmt.Errorf("read the logo: %w", err)
	}
	if format != "png" && format != "jpeg" {
		return nil, "", errLogo
	}
	return picture, "image/" + format, nil
}

// cleanLogo decodes the whole picture, so that a broken one is found now and not on an invoice.
func cleanLogo(text string) (string, Sentence) {
	if base64.StdEncoding.DecodedLen(len(text)) > MaxLogo+2 {
		return "", Say("The picture is larger than 200 KB. Save it smaller and choose it again.")
	}
	picture, _, err := readLogo(text)
	if err != nil {
		return "", Say("The picture is no PNG or JPEG, or it is broken.")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(picture))
	switch {
	case err != nil:
		return "", Say("The picture is no PNG or JPEG, or it is broken.")
	case len(picture) > MaxLogo:
		return "", Say("The picture is larger than 200 KB. Save it smaller and choose it again.")
	case max(size.Width, size.Height) > longestLogo || min(size.Width, size.Height) < smallestLogo:
		return "", Say("The picture should be between %d and %d pixels wide and high.", smallestLogo, longestLogo)
	}
	if _, _, err := image.Decode(bytes.NewReader(picture)); err != nil {
		return "", Say("The picture is no PNG or JPEG, or it is broken.")
	}
	return strings.TrimSpace(text), Sentence{}
}

// describeLogo says of a logo what tells it from others.
func describeLogo(text string) string {
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("picture of %d bytes, %s", base64.StdEncoding.DecodedLen(len(text)), hex.EncodeToString(sum[:6]))
}
