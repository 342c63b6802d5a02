"""Stripe's way in."""

from django.urls import path

from billing import views

urlpatterns = [
    path("stripe/events", views.stripe_events),
    path("stripe/meter-events", views.stripe_meter_events),
]
