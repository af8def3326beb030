package api

import (
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffFigureStore is what the API about the figures reads.
type StaffFigureStore interface {
	shop.FigureStore
}

func (a *API) figureRoutes() []StaffRoute {
	return []StaffRoute{{http.MethodGet, "/figures", shop.SeeMoney, http.StatusOK, a.getFigures}}
}

// figures are what happened within some days.
type figures struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Zone      string    `json:"zone"`
	Orders    int64     `json:"orders"`
	Downloads int64     `json:"downloads"`
	Revenue   []money   `json:"revenue"`
	Refunds   []money   `json:"refunds"`
}

func (a *API) getFigures(c *gin.Context) (any, error) {
	settings, err := a.Shop.Settings(c.Request.Context())
	if err != nil {
		return nil, err
	}
	period, err := settings.Calendar.ReadDays(c.Query("from"), c.Query("to"))
	if err != nil {
		return nil, err
	}
	found, err := a.Store.Figures(c.Request.Context(), []shop.Period{period})
	if err != nil {
		return nil, err
	}
	amounts := func(of shop.Figure) []money {
		return each(found[0].Money(of), func(m shop.Money) money { return money(m) })
	}
	return figures{
		From: period.From, To: period.To, Zone: settings.Calendar.Zone.String(),
		Orders: found[0].Count(shop.FigureOrders), Downloads: found[0].Count(shop.FigureDownloads),
		Revenue: amounts(shop.FigureRevenue), Refunds: amounts(shop.FigureRefunds),
	}, nil
}
