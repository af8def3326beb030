package api

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffSettingStore is what the API about the settings reads; it leaves all of it to package shop.
type StaffSettingStore interface{}

func (a *API) settingRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodGet, "/settings", shop.EditSettings, http.StatusOK, a.getSettings},
		{http.MethodPut, "/settings", shop.EditSettings, http.StatusOK, a.putSettings},
	}
}

type settings struct {
	Set      shop.SettingValues `json:"set"`
	Defaults shop.SettingValues `json:"defaults"`
}

type settingsRequest struct {
	Set shop.SettingValues `json:"set"`
}

func (a *API) getSettings(c *gin.Context) (any, error) {
	form, err := a.Shop.SettingsForm(c.Request.Context())
	if err != nil {
		return nil, err
	}
	return settingsOf(c, form), nil
}

// putSettings leaves the logo as it is: the page of the settings takes pictures.
func (a *API) putSettings(c *gin.Context) (any, error) {
	var in settingsRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	version, err := strconv.ParseInt(strings.Trim(c.GetHeader("If-Match"), `"`), 10, 64)
	if err != nil {
		return nil, shop.ErrSettingsChanged.Because(err) // longer than any that was given out
	}
	form, err := a.Shop.SettingsForm(c.Request.Context())
	if err != nil {
		return nil, err
	}
	wanted := maps.Clone(in.Set)
	delete(wanted, shop.SettingSellerLogo)
	if logo := form.Values[shop.SettingSellerLogo]; logo != "" {
		wanted[shop.SettingSellerLogo] = logo
	}
	if form, err = a.Shop.SaveSettings(c.Request.Context(), actor(c), wanted, version); err != nil {
		return nil, err
	}
	return settingsOf(c, form), nil
}

// settingsOf is the form without its picture, under the tag of its version.
func settingsOf(c *gin.Context, form shop.SettingsForm) settings {
	c.Header("ETag", fmt.Sprintf(`"%d"`, form.Version))
	set := maps.Clone(form.Values)
	delete(set, shop.SettingSellerLogo)
	return settings{Set: set, Defaults: form.Defaults}
}
