package staff

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"bookroom/catalog/sheet"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// maxTable bounds a table of products, in bytes.
const maxTable = 512 << 10

var (
	errNoTable       = shop.NewError(shop.Invalid, "no_table", "Choose a table first: a CSV file. Nothing was changed.")
	errTableTooLarge = shop.NewError(shop.TooLarge, "table_too_large",
		"The table is larger than 512 KB. Nothing was changed; leave out columns or lines that stay as they are.")
)

// tablePage is about a table that changes many products at once.
type tablePage struct {
	frame
	Columns []string
	Text    string // the table itself, to be sent again
	Change  shop.TableChange
	Read    bool // there is a table to show
}

// productTable explains the table, and takes one.
func (d *Desk) productTable(c *gin.Context) { d.tableForm(c, http.StatusOK, nil) }

func (d *Desk) tableForm(c *gin.Context, status int, cause error) {
	page := tablePage{frame: d.frame(c, "Many at once", "/products"), Columns: sheet.Columns()}
	page.Done, page.Trouble = productDone[c.Query("done")], d.tell(c, cause)
	d.show(c, status, "product_table", page)
}

// productTableFile is the table of all products, to be changed and sent back.
func (d *Desk) productTableFile(c *gin.Context) {
	products, err := d.Store.AllProducts(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	var table bytes.Buffer
	if err := sheet.Write(&table, products); err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="bookroom-products.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", table.Bytes())
}

// compareTable shows what a table would change; nothing is changed yet.
func (d *Desk) compareTable(c *gin.Context) {
	text, err := uploadedTable(c)
	if err != nil {
		d.tableForm(c, statusOf(err), err)
		return
	}
	rows, problems := sheet.Read([]byte(text))
	if len(problems) > 0 {
		d.showTable(c, http.StatusUnprocessableEntity, text, shop.TableChange{Problems: problems}, nil)
		return
	}
	change, err := d.Shop.CompareRows(c.Request.Context(), rows)
	if err != nil {
		d.fail(c, err)
		return
	}
	status := http.StatusOK
	if len(change.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	d.showTable(c, status, text, change, nil)
}

// uploadedTable is the file of the form.
func uploadedTable(c *gin.Context) (string, error) {
	var tooLarge *http.MaxBytesError
	err := c.Request.ParseMultipartForm(maxForm) // in memory: the whole form is bounded by that
	if errors.As(err, &tooLarge) {
		return "", errTableTooLarge.Because(err)
	}
	header, missing := c.FormFile("table")
	if err := errors.Join(err, missing); err != nil {
		return "", errNoTable.Because(err)
	}
	if header.Size > maxTable {
		return "", errTableTooLarge
	}
	file, err := header.Open()
	if err != nil {
		return "", fmt.Errorf("open the table that was sent: %w", err)
	}
	text, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("read the table that was sent: %w", err)
	}
	return string(text), nil
}

func (d *Desk) showTable(c *gin.Context, status int, text string, change shop.TableChange, cause error) {
	page := tablePage{frame: d.frame(c, "What the table changes", "/products"), Columns: sheet.Columns(), Text: text, Change: change, Read: true}
	page.Trouble = d.tell(c, cause)
	d.show(c, status, "product_table", page)
}

// applyTable changes what was shown. Where a product changed meanwhile, it shows anew what the table changes.
func (d *Desk) applyTable(c *gin.Context) {
	text := c.PostForm("table")
	rows, problems := sheet.Read([]byte(text))
	if len(problems) > 0 {
		d.showTable(c, http.StatusUnprocessableEntity, text, shop.TableChange{Problems: problems}, nil)
		return
	}
	change, err := d.Shop.ApplyRows(c.Request.Context(), actor(c), rows, shownVersions(c.PostFormArray("shown")))
	switch {
	case err == nil:
		seeOther(c, "/product-table?done=table")
	case errors.Is(err, shop.ErrProductChanged):
		if change, compareErr := d.Shop.CompareRows(c.Request.Context(), rows); compareErr == nil {
			d.showTable(c, http.StatusConflict, text, change, errChangedSinceShown)
			return
		}
		d.fail(c, err)
	case len(change.Problems) > 0:
		d.showTable(c, statusOf(err), text, change, err)
	default:
		d.fail(c, err)
	}
}

// errChangedSinceShown answers the confirmation of a table whose products changed after it was shown.
var errChangedSinceShown = shop.NewError(shop.Conflict, "product_changed",
	"Some products changed after you saw this. Nothing was saved; this is what the table changes now.")

// shownVersions are the versions of the products for which changes were shown, from fields such as "advisory=3".
func shownVersions(fields []string) map[string]int {
	versions := map[string]int{}
	for _, field := range fields {
		slug, text, _ := strings.Cut(field, "=")
		if version, err := strconv.Atoi(text); err == nil {
			versions[slug] = version
		}
	}
	return versions
}
